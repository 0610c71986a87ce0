using System.Text.RegularExpressions;
using Notify.Tests.Support;

namespace Notify.Tests.Stories;

/// <summary><c>docker-compose.yml</c> as docker-compose itself reads it; that needs no container engine.</summary>
public sealed partial class ComposeFileTests
{
    private static readonly string[] Names = ["database", "migrate", "web", "worker"];

    [Fact]
    public async Task It_keeps_what_the_handbook_says()
    {
        var (services, secrets) = await ReadAsync();

        Assert.Equal(Names, services.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(["web"], services.Where(service => service.Value.Contains("\n    ports:", StringComparison.Ordinal)).Select(service => service.Key));
        Assert.All(Ports().Matches(services["web"]), port => Assert.StartsWith("127.0.0.1:", port.Groups["port"].Value, StringComparison.Ordinal));
        Assert.NotEmpty(Ports().Matches(services["web"]));
        Assert.DoesNotContain("container_name", services["worker"], StringComparison.Ordinal);
        Assert.All(["database", "web", "worker"], name => Assert.Contains("\n      test:", services[name], StringComparison.Ordinal));
        Assert.All(["migrate", "web", "worker"], name => Assert.Contains("\n    image: notify:local", services[name], StringComparison.Ordinal));
        Assert.All(["web", "worker"], name => Assert.Contains("condition: service_completed_successfully", services[name], StringComparison.Ordinal));
        Assert.Contains("- migrate", services["migrate"], StringComparison.Ordinal);
        Assert.All(services, service => Assert.DoesNotMatch(Secret(), service.Value));
        Assert.All(secrets, secret => Assert.Matches("file: .*/secrets/", secret));
        Assert.Equal(6, secrets.Count);
    }

    private static async Task<(IReadOnlyDictionary<string, string> Services, IReadOnlyList<string> Secrets)> ReadAsync()
    {
        await using var config = ChildProcess.Start([Programs.Require("docker-compose"), "-f", "docker-compose.yml", "config"]);
        Assert.True(await config.EndsAsync(TimeSpan.FromSeconds(60)) == 0, config.Output);
        var parts = Top().Split(config.Output);
        return (
            Entries().Matches(Part(parts, "services")).ToDictionary(entry => entry.Groups["name"].Value, entry => entry.Groups["rest"].Value, StringComparer.Ordinal),
            [.. Entries().Matches(Part(parts, "secrets")).Select(entry => entry.Groups["rest"].Value)]);
    }

    private static string Part(string[] parts, string name) => parts.Single(part => part.StartsWith(name + ":", StringComparison.Ordinal));

    [GeneratedRegex("^(?=[a-z])", RegexOptions.Multiline, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Top();

    [GeneratedRegex(@"^  (?<name>\w+):(?<rest>\n(?:   .*\n)*)", RegexOptions.Multiline, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Entries();

    [GeneratedRegex(@"(?<=\n    ports:\n(?:    - .*\n)*)    - (?:published: )?(?<port>.*)\n", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Ports();

    /// <summary>A secret that is a value in the environment instead of a file.</summary>
    [GeneratedRegex(@"(?:Password|AuthTokens|BootstrapKey|Root|ConnectionString|POSTGRES_PASSWORD)(?:__[0-9]+)?: \S", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Secret();
}
