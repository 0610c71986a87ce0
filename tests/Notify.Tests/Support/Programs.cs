using System.Globalization;

namespace Notify.Tests.Support;

/// <summary>
/// Programs that some tests need beside the .NET SDK. Where one is missing the test is skipped and says so;
/// with <c>CI=true</c> it fails, because there a silent gap would look like a pass.
/// </summary>
internal static class Programs
{
    /// <summary>What to look for, in this order, and the Debian package it comes with.</summary>
    private static readonly Dictionary<string, (string[] Names, string Package)> Known = new(StringComparer.Ordinal)
    {
        ["chromium"] = (["chromium", "chromium-browser", "google-chrome"], "chromium"),
        ["initdb"] = (["initdb"], "postgresql"),
        ["pg_ctl"] = (["pg_ctl"], "postgresql"),
        ["smtp-sink"] = (["smtp-sink"], "postfix"),
        ["smtp-source"] = (["smtp-source"], "postfix"),
        ["postfix"] = (["postfix"], "postfix"),
        ["dovecot"] = (["dovecot"], "dovecot-imapd and dovecot-pop3d"),
        ["dkimverify"] = (["dkimverify"], "python3-dkim"),
        ["spf-suite"] = (["/usr/share/doc/python3-spf/rfc7208-tests.yml.gz"], "python3-spf"),
        ["docker-compose"] = (["docker-compose"], "docker-compose"),
        ["node"] = (["node", "nodejs"], "nodejs"),
    };

    /// <summary>The full path of one of the known programs.</summary>
    public static string Require(string program)
    {
        if (Find(program) is { } path)
            return path;

        var missing = $"{program} is not installed (Debian package {Known[program].Package}; tests/run.sh installs what it can).";
        if (IsContinuousIntegration)
            Assert.Fail(missing + " With CI=true that is a failure.");

        Assert.Skip(missing);
        return "";
    }

    /// <summary>The full path of one of the known programs, or null.</summary>
    public static string? Find(string program) =>
        Known[program].Names.SelectMany(_ => Folders(), (name, folder) => Path.Combine(folder, name)).FirstOrDefault(File.Exists);

    public static bool IsContinuousIntegration =>
        string.Equals(Environment.GetEnvironmentVariable("CI"), "true", StringComparison.OrdinalIgnoreCase);

    private static IEnumerable<string> Folders() =>
    [
        .. (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries),
        // Not on everyone's path: Debian keeps servers in sbin, and each PostgreSQL in a folder of its own (the newest first).
        "/usr/sbin",
        "/usr/local/sbin",
        .. DebianPostgres(),
        // Playwright brings a node of its own.
        Path.Combine(AppContext.BaseDirectory, ".playwright", "node", "linux-x64"),
        Path.Combine(AppContext.BaseDirectory, ".playwright", "node", "linux-arm64"),
    ];

    private static IEnumerable<string> DebianPostgres() => Directory.Exists("/usr/lib/postgresql")
        ? Directory.GetDirectories("/usr/lib/postgresql")
            .OrderByDescending(folder => int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var version) ? version : 0)
            .Select(folder => Path.Combine(folder, "bin"))
        : [];
}
