namespace Notify.Web;

/// <summary>Section <c>Sandbox</c>: whether whatever of the providers is not set points at the local carrier, and whether the demo runs on it.</summary>
public sealed record SandboxSettings(bool IsEnabled, bool IsDemo, Uri Url, int SmtpPort)
{
    /// <summary>Reads the section; on by default in Development, impossible in Production.</summary>
    public static SandboxSettings Read(IConfiguration configuration, IHostEnvironment environment) => new(
        configuration.GetValue("Sandbox:Enabled", environment.IsDevelopment()) && !environment.IsProduction(),
        configuration.GetValue("Demo", environment.IsDevelopment()),
        new Uri(configuration["Sandbox:Url"] ?? "http://localhost:5081"),
        configuration.GetValue("Sandbox:SmtpPort", 5025));

    /// <summary>Adds settings for what nobody has set.</summary>
    public static void AddMissing(IHostApplicationBuilder builder, IEnumerable<(string Key, string Value)> settings)
    {
        var missing = settings.Where(s => string.IsNullOrEmpty(builder.Configuration[s.Key])).ToDictionary(s => s.Key, s => (string?)s.Value, StringComparer.OrdinalIgnoreCase);
        builder.Configuration.AddInMemoryCollection(missing);
    }
}

/// <summary>What the local carrier must know to be taken for the provider: given by the provider's own folder.</summary>
public sealed record SandboxAccount(string AccountSid, IReadOnlyList<string> Tokens, IReadOnlyList<string> Secrets, string InboundPath);
