using System.Globalization;
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

    /// <summary>What this reader does not read, and by which sign it is known. Each has to be recognised and named, not merely give nothing.</summary>
    private static readonly Dictionary<string, (string Format, string Why)> OutOfScope = new()
    {
        ["wellformed__atom__"] = ("Atom 0.3", "a draft of 2003, withdrawn when Atom 1.0 came in 2005"),
        ["wellformed__rdf__"] = ("RSS 1.0", "RDF: items beside the channel, hardly published by newsrooms any more"),
        ["wellformed__namespace__rss1.0"] = ("RSS 1.0", "RDF: items beside the channel, hardly published by newsrooms any more"),
    };

    [Fact]
    public void Items_of_others_feeds_have_the_expected_values()
    {
        var expectations = Expectations().Where(e => e.Field != "parses" && OutOfScopeReason(e.File) is null).ToList();
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
        Assert.Equal(39, expectations.Count);
    }

    [Fact]
    public void Well_formed_feeds_are_read_without_a_complaint()
    {
        var files = Expectations().Select(e => e.File).Distinct().Where(f => f.StartsWith("wellformed", StringComparison.Ordinal) && OutOfScopeReason(f) is null);

        var complaints = files.SelectMany(file => Read(file).Problems.Where(p => !p.Contains("neither a title", StringComparison.Ordinal)), (file, p) => $"{file}: {p}");

        Assert.Empty(complaints);
    }

    [Fact]
    public void Broken_feeds_are_read_as_far_as_they_go()
    {
        var feeds = Expectations().Where(e => e.Field == "parses").ToDictionary(e => e.File["illformed__".Length..], e => Read(e.File));

        foreach (var (file, feed) in feeds)
            output.WriteLine($"{file}: {feed.Format}, {feed.Items.Count} items. {string.Join(' ', feed.Problems)}");

        Assert.Equal(10, feeds.Count);
        Assert.Equal(["chardet__gb2312.xml", "chardet__shiftjis.xml", "chardet__tis620.xml", "geo__georss_polygon_insufficient_coords.xml", "geo__gml_point.xml"],
            feeds.Where(f => f.Value.Items.Count == 1).Select(f => f.Key).Order(StringComparer.Ordinal));
        Assert.Equal(["http_high_bit_date.xml", "undeclared_namespace.xml"],
            feeds.Where(f => f.Value.Problems.Count == 0).Select(f => f.Key).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Formats_that_are_not_read_are_named()
    {
        var files = Expectations().Select(e => e.File).Distinct().Where(f => OutOfScopeReason(f) is not null).ToList();

        foreach (var group in files.GroupBy(f => OutOfScopeReason(f)!.Value))
            output.WriteLine($"{group.Count()} files left out: {group.Key.Format} ({group.Key.Why}).");

        Assert.Equal(20, files.Count);
        foreach (var file in files)
        {
            var feed = Read(file);
            Assert.Equal((file, OutOfScopeReason(file)!.Value.Format, 0, 1), (file, feed.Format, feed.Items.Count, feed.Problems.Count));
        }
    }

    private static (string Format, string Why)? OutOfScopeReason(string file) =>
        OutOfScope.Keys.FirstOrDefault(start => file.StartsWith(start, StringComparison.Ordinal)) is { } known ? OutOfScope[known] : null;

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

    [GeneratedRegex(@"\s+", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Blanks();
}
