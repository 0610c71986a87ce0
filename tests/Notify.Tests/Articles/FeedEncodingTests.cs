using System.Text;
using Notify.Articles;

namespace Notify.Tests.Articles;

public sealed class FeedEncodingTests
{
    private const string Words = "Z\u00FCrich \u2013 \u20AC5";

    /// <summary>What is written in, what the header and the declaration say, and whether that is worth a word to the operator.</summary>
    public static TheoryData<string, string?, string?, bool> Encodings => new()
    {
        { "utf-8", null, null, false },
        { "utf-8", null, "utf-8", false },
        { "utf-8", "text/xml; charset=\"UTF-8\"", "windows-1252", false },
        { "utf-8", "text/xml; charset=ISO-8859-1", "utf-8", true },
        { "utf-8", null, "windows-1252", true },
        { "windows-1252", null, "cp1252", false },
        { "windows-1252", null, "windows1252", false },
        { "windows-1254", "text/xml; charset=iso-8859_9", "utf-8", false },
        { "windows-1252", "text/xml; charset=windows-1252", "utf-8", false },
        { "windows-1252", "text/xml; charset=ISO-8859-1", null, false },
        { "windows-1252", "application/rss+xml", "ISO-8859-1", false },
        { "windows-1252", "text/xml; charset=us-ascii", null, false },
        { "windows-1252", "text/xml; charset=nonsense", "windows-1252", false },
        { "windows-1252", null, null, true },
        { "windows-1252", null, "utf-8", true },
        { "iso-8859-15", null, "iso-8859-15", false },
        { "gb18030", null, "gb18030", false },
        { "utf-16", null, "utf-8", false },
        { "utf-16BE", "text/xml; charset=windows-1252", null, false },
        { "utf-32", null, null, false },
        { "utf-8", "text/xml; charset=utf-16", null, false },
        { "utf-8", "text/xml; charset=utf-7", "nonsense", false },
    };

    [Theory]
    [MemberData(nameof(Encodings))]
    public void The_mark_the_header_the_declaration_and_the_bytes_are_believed_in_this_order(string written, string? header, string? declared, bool isToldOf)
    {
        var words = written == "iso-8859-15" ? Words.Replace('\u2013', '-') : Words;
        var declaration = declared is null ? "" : $"<?xml version='1.0' encoding='{declared}'?>";
        var encoding = CodePagesEncodingProvider.Instance.GetEncoding(written) ?? Encoding.GetEncoding(written);
        byte[] body = [.. written.StartsWith("utf-8", StringComparison.Ordinal) ? [] : encoding.GetPreamble(), .. encoding.GetBytes($"{declaration}<rss><channel><item><title>{words}</title></item></channel></rss>")];

        var feed = FeedReader.Read(body, header, new Uri("https://news.example/"));

        Assert.Equal(words, Assert.Single(feed.Items).Title);
        Assert.Equal(isToldOf ? 1 : 0, feed.Problems.Count);
    }

    [Theory]
    [InlineData("utf-16")]
    [InlineData("utf-16BE")]
    public void Two_bytes_a_character_are_seen_without_a_mark(string written)
    {
        var body = Encoding.GetEncoding(written).GetBytes($"<rss><channel><item><title>{Words}</title></item></channel></rss>");

        Assert.Equal(Words, Assert.Single(FeedReader.Read(body, "text/xml; charset=utf-8", new Uri("https://news.example/")).Items).Title);
    }
}
