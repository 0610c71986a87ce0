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

        if (string.IsNullOrEmpty(builder.Configuration["urls"]) && string.IsNullOrEmpty(builder.Configuration["http_ports"]))
        {
            builder.WebHost.UseUrls(DefaultUrl);
        }
    }
}
