using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Notify.Hosting;
using Notify.Storage;
using Notify.Tests.Support;

namespace Notify.Tests.Stories;

/// <summary>The settings, as README and handbook tell them, held against those the program knows.</summary>
public sealed partial class SettingsPageTests : IDisposable
{
    /// <summary>Keys that are no section.</summary>
    private static readonly string[] Single = ["PublicUrl", "Demo"];

    private static readonly string Page = HandbookTests.Read("docs/settings.md");

    private readonly TemporaryFolder _folder = new();
    private readonly WebApplication _app;
    private readonly IReadOnlyList<SettingsSection> _sections;

    public SettingsPageTests()
    {
        _app = NotifyApp.Build(["--environment=Development", $"--Data:Folder={_folder.Path}", "--Demo=false"], configure: builder => builder.Logging.ClearProviders());
        _sections = [.. _app.Services.GetServices<SettingsSection>()];
    }

    [Fact]
    public void The_settings_page_names_every_setting_and_no_other()
    {
        string[] known = [.. Single, .. _sections.SelectMany(section => Keys(section.Name, section.Type)).Select(setting => setting.Key)];

        Assert.Equal(known.Order(StringComparer.Ordinal), Rows().Select(row => row.Key).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void What_the_settings_page_names_is_taken_and_anything_else_is_refused()
    {
        Assert.All(Rows(), row => Assert.Empty(Faults(row.Key, "")));
        Assert.All(_sections.Select(section => section.Name).Except(["Proxies"]), section => Assert.Contains("is not a setting", Assert.Single(Faults($"{section}:0:Nonsense", "")), StringComparison.Ordinal));
    }

    [Fact]
    public void The_settings_page_says_the_defaults_that_are()
    {
        var written = Rows().ToDictionary(row => row.Key, row => row.Default, StringComparer.Ordinal);

        Assert.All(
            _sections.SelectMany(section => Keys(section.Name, section.Type)).Where(setting => setting.Default is not null),
            setting => Assert.Equal(setting.Default, written[setting.Key] is var said && setting.Default is TimeSpan ? TimeSpan.Parse(said, null) : said));
    }

    [Theory]
    [InlineData("24:00:00")]
    [InlineData("5")]
    public void A_time_that_would_be_read_as_days_is_refused(string value) =>
        Assert.Equal("Delivery:TimeToLive cannot be read as a time such as 00:05:00 (a day is 1.00:00:00).", Assert.Single(Faults("Delivery:TimeToLive", value)));

    [Fact]
    public void The_settings_of_the_README_are_settings()
    {
        var known = Rows().Select(row => Plain(row.Key)).ToHashSet(StringComparer.Ordinal);
        var rows = ReadmeRows().Matches(HandbookTests.Read("README.md")).Where(row => row.Groups["sections"].Value.Split(", ").All(name => _sections.Any(s => s.Name == name.Trim('`')) || Single.Contains(name.Trim('`')))).ToList();
        string[] sections = [.. rows.SelectMany(row => Code().Matches(row.Groups["sections"].Value)).Select(code => code.Groups["code"].Value)];
        string[] keys =
        [
            .. rows.SelectMany(row => Code().Matches(Bracketed().Replace(row.Groups["keys"].Value.Split(';')[0], ""))
                .Select(key => $"{Code().Match(row.Groups["sections"].Value).Groups["code"].Value}:{key.Groups["code"].Value}")),
        ];

        Assert.Equal(ReadmeRows().Count(HandbookTests.Read("README.md")), rows.Count);
        Assert.Equal(["PublicUrl", "Publication", "Database", "Twilio", "Smtp", "Feeds", "Delivery", "Limits", "Operators", "Keys", "Sandbox", "Demo"], sections);
        Assert.True(keys.Length > 35, $"Only {keys.Length} keys were found.");
        Assert.All(keys, key => Assert.True(known.Contains(key) || known.Any(one => one.StartsWith(key + ":", StringComparison.Ordinal)), $"{key} is not a setting."));
    }

    /// <summary>Also those of the container files: a typing error there would show on the first day in earnest.</summary>
    [Fact]
    public void Settings_written_as_variables_and_files_are_settings()
    {
        var known = Rows().Select(row => Plain(row.Key)).ToHashSet(StringComparer.Ordinal);
        string[] variables =
        [
            .. HandbookTests.Documents().Append("docker-compose.yml").Append("Dockerfile").SelectMany(file => Variables().Matches(HandbookTests.Read(file)))
                .Select(variable => variable.Value).Where(name => name is not "Section__Key").Distinct(StringComparer.Ordinal),
        ];

        Assert.Contains("Keys__Root", variables);
        string[] free = [.. Rows().Where(row => row.Key.EndsWith(":key", StringComparison.Ordinal)).Select(row => Plain(row.Key) + ":")];
        Assert.All(variables, name => Assert.True(
            Plain(name.Replace("__", ":", StringComparison.Ordinal)) is var key && (known.Contains(key) || free.Any(section => key.StartsWith(section, StringComparison.Ordinal))), $"{name} is not a setting."));
    }

    public void Dispose()
    {
        ((IDisposable)_app).Dispose();
        _folder.Dispose();
    }


    /// <summary>The keys of a section as the settings page writes them, each with its default as text, a time, or null where there is none to hold.</summary>
    private static IEnumerable<(string Key, object? Default)> Keys(string path, Type type, object? value = null)
    {
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IList<>))
        {
            return Keys(path + ":n", type.GetGenericArguments()[0]);
        }

        if (type.IsGenericType)
        {
            return Keys(path + (path.EndsWith(":Topics", StringComparison.Ordinal) ? ":category" : ":key"), type.GetGenericArguments()[1]);
        }

        if (type == typeof(string) || type.IsValueType)
        {
            return [(path, value is TimeSpan ? value : value is Enum or > 0 or > 0.0 or string { Length: > 0 } ? Convert.ToString(value, CultureInfo.InvariantCulture) : null)];
        }

        var empty = Activator.CreateInstance(type);
        return type.GetProperties().Where(property => property.CanWrite).SelectMany(property => Keys($"{path}:{property.Name}", property.PropertyType, property.GetValue(empty)));
    }

    /// <summary>
    /// The table of the settings page. Several keys of a row lie in one section, and their defaults stand in the same order;
    /// <c>…</c> is the list the last full key lies in.
    /// </summary>
    private static IReadOnlyList<(string Key, string Default)> Rows()
    {
        var rows = new List<(string, string)>();
        var section = "";
        foreach (Match row in TableRows().Matches(Page))
        {
            string[] keys = [.. Code().Matches(row.Groups["keys"].Value).Select(code => code.Groups["code"].Value)];
            var defaults = row.Groups["default"].Value.Split(", ");
            for (var i = 0; i < keys.Length; i++)
            {
                var key = i == 0 ? keys[0].Replace("…", section, StringComparison.Ordinal) : section + ":" + keys[i];
                if (i == 0)
                {
                    section = key.LastIndexOf(':') is var at and > 0 && !key.EndsWith(":n", StringComparison.Ordinal) ? key[..at] : key;
                }

                rows.Add((key, defaults.Length == keys.Length ? defaults[i].Trim('`', ' ') : ""));
            }
        }

        return rows;
    }

    private List<string> Faults(string key, string value) => SettingsCheck.Faults(
        new ConfigurationBuilder().AddInMemoryCollection([new(key.Replace(":n", ":0", StringComparison.Ordinal), value)]).Build(), _sections);

    /// <summary>Without what counts.</summary>
    private static string Plain(string key) => Counters().Replace(key, "");

    [GeneratedRegex(@"^\| (?<keys>[^|]*`[^|]*) \| (?<default>[^|]*)\| [^|\n]*\|$", RegexOptions.Multiline, matchTimeoutMilliseconds: 1000)]
    private static partial Regex TableRows();

    [GeneratedRegex(@"^\| (?<sections>`[A-Z]\w+`(?:, `\w+`)*) \| [^|]* \| (?<keys>[^|\n]*)\|$", RegexOptions.Multiline, matchTimeoutMilliseconds: 1000)]
    private static partial Regex ReadmeRows();

    [GeneratedRegex("`(?<code>[^`\n]+)`", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Code();

    [GeneratedRegex(@"\([^)]*\)", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Bracketed();

    [GeneratedRegex(@"\b[A-Z][A-Za-z]+(?:__[A-Za-z0-9]+)+\b", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Variables();

    [GeneratedRegex(@":(?:n|category|key|\d+)(?=:|$)", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Counters();
}
