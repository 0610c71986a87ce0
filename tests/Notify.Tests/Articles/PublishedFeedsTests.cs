using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using AngleSharp.Html.Parser;
using CsvHelper;
using Notify.Articles;
using Notify.Tests.Support;

namespace Notify.Tests.Articles;

/// <summary>Feeds that others wrote to break feed readers, with what an item of each should be (feedparser's test suite).</summary>
public sealed partial class PublishedFeedsTests(ITestOutputHelper output)
{
    private static readonly Uri Source = new("http://feeds.example/news.xml");

    [Fact]
    public void Items_of_others_feeds_have_the_expected_values()
    {
        var expectations = Expectations().Where(e => e.Field != "parses").ToList();
        var differences = new List<string>();

        foreach (var (file, index, field, value) in expectations)
        {
            var feed = Read(file);
            var found = index < feed.Items.Count ? Found(feed.Items[index], field) : [$"(no item {index})"];
            if (!found.Contains(AsWeReadIt(file, field, value)))
                differences.Add($"{file}: {field} is \"{string.Join("\", \"", found)}\", not \"{AsWeReadIt(file, field, value)}\"");
        }

        output.WriteLine($"{expectations.Count - differences.Count} of {expectations.Count} expected values found.");
        Assert.Empty(differences);
        Assert.NotEmpty(expectations);
    }

    [Fact]
    public void Well_formed_feeds_are_read_without_a_complaint()
    {
        var files = Expectations().Select(e => e.File).Distinct().Where(f => f.StartsWith("wellformed", StringComparison.Ordinal));

        var complaints = files.SelectMany(file => Read(file).Problems.Where(p => !p.Contains("neither a title", StringComparison.Ordinal)), (file, p) => $"{file}: {p}");

        Assert.Empty(complaints);
    }

    [Fact]
    public void Broken_feeds_are_read_as_what_they_are_and_with_all_their_items()
    {
        var feeds = Expectations().Where(e => e.Field == "parses").Select(e => (e.File, Text: File.ReadAllText(TestData.Require("feeds/" + e.File), Encoding.Latin1), Feed: Read(e.File))).ToList();

        foreach (var (file, text, feed) in feeds)
        {
            output.WriteLine($"{file}: {feed.Format}, {feed.Items.Count} items. {string.Join(' ', feed.Problems)}");
            Assert.Equal((file, Roots().Match(text) is { Success: true } root ? (root.Value == "<rss" ? "RSS" : "Atom") : "unknown"), (file, feed.Format.Split(' ')[0]));
            Assert.Equal((file, Ends().Count(text)), (file, feed.Items.Count));
        }

        Assert.NotEmpty(feeds);
    }

    private static Feed Read(string file) => FeedReader.Read(File.ReadAllBytes(TestData.Require("feeds/" + file)), "text/xml", Source);

    private static IEnumerable<string> Found(FeedItem item, string field) => field switch
    {
        "id" or "guid" => [item.Id ?? ""],
        "link" => [item.Link?.AbsoluteUri ?? ""],
        "title" => [item.Title],
        "summary" or "description" => [item.Summary ?? ""],
        "category" => item.Categories,
        "published" or "created" => [$"{item.Published:O}"],
        "updated" => [$"{item.Updated:O}"],
        _ => throw new ArgumentOutOfRangeException(nameof(field), field, "A field that this test does not know."),
    };

    /// <summary>The expected values are HTML, dates in two notations and numbers of an item's values; ours are plain text, instants and lists.</summary>
    private static string AsWeReadIt(string file, string field, string value)
    {
        if (field is "published" or "created" or "updated") return DateTimeOffset.Parse(value, CultureInfo.InvariantCulture).ToUniversalTime().ToString("O");
        if (field is not ("title" or "summary" or "description") || file.Contains("text_plain", StringComparison.Ordinal)) return value;

        var text = new HtmlParser().ParseDocument(value).Body!.TextContent;
        return Blanks().Replace(text, " ").Trim();
    }

    private static List<(string File, int Index, string Field, string Value)> Expectations()
    {
        using var csv = CsvReader.FromFile(TestData.Require("feeds/expected.csv"));
        var rows = new List<(string, int, string, string)>();
        csv.ReadHeader();
        while (csv.Read())
        {
            var index = csv.GetString("entry_index") is { Length: > 0 } given ? int.Parse(given, CultureInfo.InvariantCulture) : 0;
            rows.Add((csv.GetString("file"), index, csv.GetString("field"), csv.GetString("value")));
        }

        return rows;
    }

    [GeneratedRegex("<(?:rss|feed)", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Roots();

    [GeneratedRegex("</(?:item|entry)>", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Ends();

    [GeneratedRegex(@"\s+", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Blanks();
}
