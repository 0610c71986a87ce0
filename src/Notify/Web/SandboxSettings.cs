using System.Globalization;

namespace Notify.Web;

/// <summary>Section <c>Sandbox</c>: whether whatever of the providers is not set points at the local carrier, and whether the demo runs on it.</summary>
public sealed record SandboxSettings(bool IsEnabled, bool IsDemo, Uri Url, int SmtpPort)
{
    /// <summary>Reads the section; on by default in Development, impossible in Production.</summary>
    public static SandboxSettings Read(IConfiguration configuration, IHostEnvironment environment) => new(
        Is(configuration["Sandbox:Enabled"], environment.IsDevelopment()) && !environment.IsProduction(),
        Is(configuration["Demo"], environment.IsDevelopment()),
        Uri.TryCreate(configuration["Sandbox:Url"], UriKind.Absolute, out var url) ? url : new Uri("http://localhost:5081"),
        int.TryParse(configuration["Sandbox:SmtpPort"], CultureInfo.InvariantCulture, out var port) ? port : 5025);

    /// <summary>A value that cannot be read is named when the settings are held against what there is; here it counts as not set.</summary>
    private static bool Is(string? value, bool otherwise) => bool.TryParse(value, out var set) ? set : otherwise;

    /// <summary>Adds settings for what nobody has set.</summary>
    public static void AddMissing(IHostApplicationBuilder builder, IEnumerable<(string Key, string Value)> settings)
    {
        var missing = settings.Where(s => string.IsNullOrEmpty(builder.Configuration[s.Key])).ToDictionary(s => s.Key, s => (string?)s.Value, StringComparer.OrdinalIgnoreCase);
        builder.Configuration.AddInMemoryCollection(missing);
    }

    /// <summary>The keys of the section, as they stand in the settings.</summary>
    internal sealed class Keys
    {
        public bool Enabled { get; set; }

        public string Url { get; set; } = "";

        public int SmtpPort { get; set; }
    }
}

/// <summary>What the local carrier must know to be taken for the provider: given by the provider's own folder.</summary>
public sealed record SandboxAccount(string AccountSid, IReadOnlyList<string> Tokens, IReadOnlyList<string> Secrets, string InboundPath);
