using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Xml;
using System.Xml.Linq;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Net.Http.Headers;
using Notify.Sandbox.Records;
using Notify.Sandbox.Web;

namespace Notify.Sandbox.Feeds;

/// <summary>A feed in which something happens: its newest item appears a while after somebody first looked, and the others keep their distance to it.</summary>
/// <remarks>
/// The file is read at each request. The moment is written down once, so that a restart neither takes the item back nor moves a date.
/// An item that is added to the file afterwards, with a later date than all others had, is shown at once and keeps its date.
/// </remarks>
internal sealed class MovingFeed(string? file, TimeSpan delay, TimeProvider clock, CarrierLog log)
{
    private readonly Lock _gate = new();
    private readonly string? _file = file is null ? null : Path.GetFullPath(file);

    /// <summary>When the newest item appears, once the feed was asked for.</summary>
    public FeedLine? Moment { get; private set; }

    public void Map(IEndpointRouteBuilder routes) => routes.MapMethods("/feed.xml", [HttpMethods.Get, HttpMethods.Head], Answer);

    public void Restore(LogLine line)
    {
        if (line is FeedLine feed && feed.File == _file)
            Moment = feed;
    }

    private IResult Answer(HttpResponse response)
    {
        if (_file is null || !File.Exists(_file))
            return Refusal.Problem(StatusCodes.Status404NotFound, "feed", "There is no feed file.");

        try
        {
            using var reader = XmlReader.Create(_file, new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null });
            var document = XDocument.Load(reader);
            if (document.Root?.Name.LocalName != "rss" || document.Root.Element("channel") is not { } channel)
                return Refusal.Problem(StatusCodes.Status500InternalServerError, "feed", "The feed file is no RSS 2.0.");

            var modified = Move(channel);
            var bytes = Encoding.UTF8.GetBytes("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n" + document.ToString(SaveOptions.DisableFormatting));
            response.Headers.CacheControl = "no-cache";
            return Results.Bytes(
                bytes, "application/rss+xml; charset=utf-8", lastModified: modified, entityTag: new EntityTagHeaderValue($"\"{Convert.ToHexStringLower(SHA256.HashData(bytes))[..32]}\""));
        }
        catch (XmlException e)
        {
            return Refusal.Problem(StatusCodes.Status500InternalServerError, "feed", $"The feed file cannot be read: {e.Message}");
        }
    }

    /// <summary>Moves the dates and takes out what has not appeared; when the result last changed.</summary>
    private DateTimeOffset Move(XElement channel)
    {
        var now = clock.GetUtcNow();
        var items = channel.Elements("item").ToList();
        var newest = items.Select(i => Date(i.Element("pubDate"))).Max() ?? now;
        var moment = Since(now, newest);
        var shift = moment.AppearsAt - moment.SeedDate;
        var appeared = now >= moment.AppearsAt;
        var awaited = items.Find(i => Date(i.Element("pubDate")) == moment.SeedDate) ?? items.FirstOrDefault();

        foreach (var element in items.Elements("pubDate").Concat(channel.Elements().Where(e => e.Name.LocalName is "pubDate" or "lastBuildDate")))
        {
            if (Date(element) is { } date && date <= moment.SeedDate)
                element.Value = (date + shift).UtcDateTime.ToString("r", CultureInfo.InvariantCulture);
        }

        if (!appeared)
            awaited?.Remove();

        var changed = appeared ? moment.AppearsAt : moment.AppearsAt - delay;
        var written = new DateTimeOffset(File.GetLastWriteTimeUtc(_file!), TimeSpan.Zero);
        return written > changed && written <= now ? written : changed;
    }

    private FeedLine Since(DateTimeOffset now, DateTimeOffset newest)
    {
        lock (_gate)
        {
            if (Moment is { } known)
                return known;

            var moment = new FeedLine(_file!, now + delay, newest);
            log.Append(moment);
            return Moment = moment;
        }
    }

    private static DateTimeOffset? Date(XElement? element) =>
        DateTimeOffset.TryParse(element?.Value, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var date) ? date : null;
}
