using System.Globalization;
using System.Text;
using System.Xml;
using Microsoft.Extensions.Options;
using Notify.Publication;
using Notify.Web;

namespace Notify.Alerts;

/// <summary>The public archive: <c>/archive</c>, <c>/archive.xml</c> and the page of each digest.</summary>
internal static class ArchiveEndpoints
{
    private const string Atom = "http://www.w3.org/2005/Atom";

    private static readonly string[] GetOrHead = [HttpMethods.Get, HttpMethods.Head];

    public static void MapArchive(this IEndpointRouteBuilder routes)
    {
        var pages = routes.MapGroup("").ExcludeFromDescription();
        pages.MapMethods("/archive", GetOrHead, ShowAsync);
        pages.MapMethods("/archive.xml", GetOrHead, FeedAsync);
        pages.MapMethods("/d/{name}", GetOrHead, DigestAsync);
    }

    private static async Task<IResult> ShowAsync(string? topic, string? before, ArchivePages archive, IOptionsMonitor<PublicationOptions> site, HttpContext context, CancellationToken cancellationToken)
    {
        if (!archive.MayAsk(context.Connection.RemoteIpAddress))
        {
            return TooMany(context);
        }

        var page = ReaderDocument.Of<ArchivePage>(context, StatusCodes.Status200OK, await archive.ReadAsync(Known(topic, site.CurrentValue), before, cancellationToken));
        MayBeKept(context);
        return page;
    }

    private static async Task<IResult> DigestAsync(string name, ArchivePages archive, HttpContext context, CancellationToken cancellationToken)
    {
        if (!archive.MayAsk(context.Connection.RemoteIpAddress))
        {
            return TooMany(context);
        }

        return await archive.DigestAsync(name, cancellationToken) is { } digest
            ? ReaderDocument.Of<DigestPage>(context, StatusCodes.Status200OK, digest)
            : ReaderDocument.Of<NoMailPage>(context, StatusCodes.Status404NotFound, StatusCodes.Status404NotFound);
    }

    private static async Task<IResult> FeedAsync(
        string? topic, ArchivePages archive, IOptionsMonitor<PublicationOptions> site, PublicAddress address, HttpContext context, CancellationToken cancellationToken)
    {
        if (!archive.MayAsk(context.Connection.RemoteIpAddress))
        {
            return TooMany(context);
        }

        var known = Known(topic, site.CurrentValue);
        var entries = await archive.FindAsync(known, null, ArchivePages.InTheFeed, cancellationToken);
        MayBeKept(context);
        var query = known is null ? "" : "?topic=" + known;
        return TypedResults.Content(Write(entries, site.CurrentValue, address.Link("/archive" + query), address.Link("/archive.xml" + query)), "application/rss+xml; charset=utf-8");
    }

    /// <summary>RSS 2.0 (rssboard.org/rss-specification), with the feed's own address as validators want it.</summary>
    internal static string Write(IReadOnlyList<ArchiveEntry> entries, PublicationOptions site, string page, string self)
    {
        var text = new Utf8Writer();
        using (var xml = XmlWriter.Create(text, new XmlWriterSettings { Indent = true }))
        {
            xml.WriteStartElement("rss");
            xml.WriteAttributeString("version", "2.0");
            xml.WriteAttributeString("xmlns", "atom", null, Atom);
            xml.WriteStartElement("channel");
            Element(xml, "title", $"{site.Name}: news alerts");
            Element(xml, "link", page);
            Element(xml, "description", $"What {site.Name} has told its readers, and how soon.");
            Element(xml, "language", site.Locale);
            if (entries.Count > 0)
            {
                Element(xml, "lastBuildDate", Date(entries.Max(entry => entry.CreatedAt)));
            }

            Element(xml, "ttl", "5");
            xml.WriteStartElement("atom", "link", Atom);
            xml.WriteAttributeString("href", self);
            xml.WriteAttributeString("rel", "self");
            xml.WriteAttributeString("type", "application/rss+xml");
            xml.WriteEndElement();
            foreach (var entry in entries)
            {
                Write(xml, entry);
            }

            xml.WriteEndElement();
            xml.WriteEndElement();
        }

        return text.ToString();
    }

    private static void Write(XmlWriter xml, ArchiveEntry entry)
    {
        xml.WriteStartElement("item");
        Element(xml, "title", entry.Title);
        Element(xml, "link", entry.Url);
        // HTML by the specification, so what is text is written as such.
        Element(xml, "description", System.Net.WebUtility.HtmlEncode(string.Join(' ', new[] { entry.Summary, Took.Say(entry) }.OfType<string>())));
        foreach (var topic in entry.Topics)
        {
            Element(xml, "category", topic);
        }

        xml.WriteStartElement("guid");
        xml.WriteAttributeString("isPermaLink", "false");
        xml.WriteString($"urn:uuid:{entry.Id}");
        xml.WriteEndElement();
        Element(xml, "pubDate", Date(entry.PublishedAt));
        xml.WriteEndElement();
    }

    private static void Element(XmlWriter xml, string name, string text) => xml.WriteElementString(name, string.Concat(text.EnumerateRunes().Where(IsInXml)));

    /// <summary>What XML 1.0 has no way to write is left out (section 2.2).</summary>
    private static bool IsInXml(Rune rune) => rune != Rune.ReplacementChar && rune.Value is 0x9 or 0xA or 0xD or (>= 0x20 and <= 0xD7FF) or (>= 0xE000 and <= 0xFFFD) or >= 0x10000;

    private static string Date(DateTimeOffset at) => at.ToUniversalTime().ToString("ddd, dd MMM yyyy HH:mm:ss", CultureInfo.InvariantCulture) + " GMT";

    private static string? Known(string? topic, PublicationOptions site) => site.Topics.FirstOrDefault(t => t.Key == topic)?.Key;

    /// <summary>The same for everybody, so anybody between may keep it for a moment.</summary>
    private static void MayBeKept(HttpContext context) => context.Response.Headers.CacheControl = "public, max-age=60";

    private static IResult TooMany(HttpContext context)
    {
        context.Response.Headers.RetryAfter = "60";
        return TypedResults.Problem(statusCode: StatusCodes.Status429TooManyRequests, title: "Too many requests.", detail: "This is asked for too often from where you are. Try again in a minute.");
    }

    /// <summary>A text in memory would call itself UTF-16.</summary>
    private sealed class Utf8Writer() : StringWriter(CultureInfo.InvariantCulture)
    {
        public override Encoding Encoding => Encoding.UTF8;
    }
}
