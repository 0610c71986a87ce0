namespace Notify.Hosting;

/// <summary>Where settings come from: appsettings.json, the environment, the command line - and files in /run/secrets, which win over the first two.</summary>
internal static class Settings
{
    /// <summary>Where a process listens when nobody says otherwise.</summary>
    public const string DefaultUrl = "http://localhost:5080";

    private const string Secrets = "/run/secrets";

    public static void AddSettings(this WebApplicationBuilder builder)
    {
        if (Directory.Exists(Secrets))
        {
            builder.Configuration.AddKeyPerFile(Secrets, optional: true);
        }

        // A value that cannot be read would otherwise stop the start at the first of them, in the framework's words.
        if (SettingsCheck.Faults(builder.Configuration) is { Count: > 0 } faults && faults.Exists(fault => fault.Contains("cannot be read", StringComparison.Ordinal) || fault.StartsWith("Demo must", StringComparison.Ordinal)))
        {
            throw new SettingsException(faults);
        }

        if (string.IsNullOrEmpty(builder.Configuration["urls"]) && string.IsNullOrEmpty(builder.Configuration["http_ports"]))
        {
            builder.WebHost.UseUrls(DefaultUrl);
        }
    }
}
