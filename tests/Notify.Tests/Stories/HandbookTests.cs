using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.AspNetCore.Routing.Template;
using Microsoft.Extensions.Logging;
using Notify.Tests.Support;

namespace Notify.Tests.Stories;

/// <summary>The README and the handbook, held against the program: verbs, addresses, links.</summary>
public sealed partial class HandbookTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly WebApplication _app;

    public HandbookTests() =>
        _app = NotifyApp.Build(["--environment=Development", $"--Data:Folder={_folder.Path}", "--Demo=false"], configure: builder => builder.Logging.ClearProviders());

    [Fact]
    public void Every_link_leads_somewhere()
    {
        var dead = Documents().SelectMany(file => Links().Matches(Read(file)).Select(link => (File: file, Target: link.Groups["target"].Value)))
            .Where(link => !link.Target.Contains("://", StringComparison.Ordinal) && !Leads(link.File, link.Target));

        Assert.Empty(dead);
    }

    [Fact]
    public async Task Every_command_is_one_the_program_knows()
    {
        string[] commands =
        [
            .. Documents().SelectMany(file => Commands().Matches(Read(file))).Select(command => command.Groups["command"].Value.Trim()).Distinct(StringComparer.Ordinal),
        ];

        var known = await ChildProcess.NotifyAsync("--help");
        Assert.Equal(
            Verbs().Match(known.Output).Groups["verb"].Captures.Select(verb => verb.Value).Order(StringComparer.Ordinal),
            commands.Select(command => command.Split(' ')[0]).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal));
        foreach (var words in commands.Select(command => command.Split(' ')))
        {
            // What is explained is an argument behind the verb's two words.
            string[] verb = [.. words.TakeWhile(word => !word.StartsWith('-')).Take(words is ["explain", ..] ? 2 : words.Length)];
            var help = await ChildProcess.NotifyAsync([.. verb, "--help"]);

            Assert.True(help.ExitCode == 0 && Usage().Match(help.Output).Groups["verb"].Value.EndsWith(" " + string.Join(' ', verb), StringComparison.Ordinal), $"'{string.Join(' ', words)}' is no verb:\n{help.Output}");
            Assert.All(words.Where(word => word.StartsWith("--", StringComparison.Ordinal)), option => Assert.Contains(option, help.Output, StringComparison.Ordinal));
        }
    }

    [Fact]
    public void Every_address_is_one_the_program_has()
    {
        var routes = ((IEndpointRouteBuilder)_app).DataSources.SelectMany(source => source.Endpoints).OfType<RouteEndpoint>().ToList();
        (string File, string Method, string Path)[] named =
        [
            .. Documents().SelectMany(file => Addresses().Matches(Read(file)).Select(address =>
                (file, address.Groups["method"].Success ? address.Groups["method"].Value : HttpMethods.Get, address.Groups["path"].Value))),
        ];

        Assert.True(named.Length > 12, $"Only {named.Length} addresses were found.");
        Assert.All(named, address => Assert.True(routes.Exists(route => Answers(route, address.Path)
            && (address.Path.StartsWith("/webhooks/", StringComparison.Ordinal) || route.Metadata.GetMetadata<HttpMethodMetadata>() is not { HttpMethods: { Count: > 0 } methods } || methods.Contains(address.Method, StringComparer.Ordinal))), $"{address} is not there."));
    }

    public void Dispose()
    {
        ((IDisposable)_app).Dispose();
        _folder.Dispose();
    }

    private static bool Answers(RouteEndpoint route, string path) =>
        route.RoutePattern.PathSegments.Count > 0
        && route.RoutePattern.PathSegments.All(segment => segment.Parts is not [RoutePatternParameterPart { IsCatchAll: true }] || path.StartsWith("/docs/", StringComparison.Ordinal) || path.StartsWith("/ops/jobs", StringComparison.Ordinal))
        && new TemplateMatcher(new RouteTemplate(route.RoutePattern), []).TryMatch(path, []);

    internal static string Read(string file) => File.ReadAllText(RepositoryRoot.At(file));

    internal static IEnumerable<string> Documents() =>
        Directory.GetFiles(RepositoryRoot.At("docs"), "*.md", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(RepositoryRoot.Path, file)).Order(StringComparer.Ordinal).Prepend("README.md");

    private static bool Leads(string from, string target)
    {
        var (path, anchor) = target.Split('#') is [var before, var after] ? (before, after) : (target, "");
        var file = path.Length == 0 ? RepositoryRoot.At(from) : Path.Combine(Path.GetDirectoryName(RepositoryRoot.At(from))!, path);
        return (File.Exists(file) || (Directory.Exists(file) && anchor.Length == 0))
            && (anchor.Length == 0 || Headings().Matches(File.ReadAllText(file)).Any(heading => Slug(heading.Groups["words"].Value) == anchor));
    }

    private static string Slug(string heading) => NoWord().Replace(heading.ToLowerInvariant(), "").Trim().Replace(' ', '-');

    [GeneratedRegex(@"\]\((?<target>[^)\s]+)\)", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Links();

    [GeneratedRegex("^#+ (?<words>.*)$", RegexOptions.Multiline, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Headings();

    [GeneratedRegex(@"[^\w\- ]", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex NoWord();

    [GeneratedRegex("`(?:Notify |dotnet run --project src/Notify (?:-- )?)(?<command>[a-z][^`\n]*)`", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Commands();

    [GeneratedRegex(@"Commands:\n(?:  (?<verb>[a-z]+) +[^\n]*\n)+", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Verbs();

    [GeneratedRegex(@"Usage:\s+(?<verb>[\w ]+?)(?: \[| <|\r?\n|$)", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Usage();

    [GeneratedRegex(@"`(?:(?<method>GET|POST|PUT|DELETE) |http://localhost:5080|\{PublicUrl\})?(?<path>/(?!run/)[a-z][a-z0-9/-]*)`", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Addresses();
}
