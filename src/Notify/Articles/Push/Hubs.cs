using System.Text.RegularExpressions;
using Notify.Web;

namespace Notify.Articles.Push;

/// <summary>Finds the hub of a feed and the name the hub knows it by (WebSub section 4): what the header says counts before what the document says.</summary>
internal static partial class Hubs
{
    private const int LongestAddress = 2_000;

    /// <returns>Null when the feed names no hub.</returns>
    public static HubFound? Of(FetchResult result, FeedHints hints)
    {
        var named = new FeedHintsDraft();
        foreach (Match link in Links().Matches(result.Headers.GetValueOrDefault("Link", "")))
        {
            var relation = Parameters().Matches(link.Groups["parameters"].Value).FirstOrDefault(parameter => parameter.Groups["name"].Value.Equals("rel", StringComparison.OrdinalIgnoreCase));
            named.Link(relation?.Groups["value"].Value, FeedLinks.Resolve(result.FinalUrl, link.Groups["target"].Value));
        }

        var header = named.Build();
        var hub = header.Hubs.Concat(hints.Hubs).FirstOrDefault();
        var topic = header.Self ?? hints.Self ?? result.FinalUrl;
        return hub is { AbsoluteUri.Length: <= LongestAddress } && hub.UserInfo.Length == 0 && topic.AbsoluteUri.Length <= LongestAddress ? new HubFound(hub, topic) : null;
    }

    // RFC 8288 section 3; what stands in quotes may hold a comma.
    [GeneratedRegex("<(?<target>[^<>]{1,2000})>(?<parameters>(?:\\s*;\\s*[^\\s;,=]+\\s*(?:=\\s*(?:\"[^\"]*\"|[^\\s;,\"]*))?)*)", RegexOptions.NonBacktracking)]
    private static partial Regex Links();

    [GeneratedRegex(";\\s*(?<name>[^\\s;,=]+)\\s*=\\s*(?:\"(?<value>[^\"]*)\"|(?<value>[^\\s;,\"]*))", RegexOptions.NonBacktracking)]
    private static partial Regex Parameters();
}

/// <param name="Topic">By what name the hub knows the feed.</param>
internal sealed record HubFound(Uri Hub, Uri Topic);
