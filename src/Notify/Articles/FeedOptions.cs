namespace Notify.Articles;

/// <summary>What lies at a feed's address.</summary>
public enum FeedKind
{
    /// <summary>RSS, Atom, JSON Feed or a news sitemap.</summary>
    Feed = 0,

    /// <summary>A WordPress site, whose list of posts is asked (developer.wordpress.org/rest-api/reference/posts).</summary>
    WordPress = 1,
}

/// <summary>An entry of section <c>Feeds</c>.</summary>
public sealed class FeedOptions
{
    public string Url { get; set; } = "";

    /// <summary>With <see cref="FeedKind.WordPress"/> the address is the site's, or that of its list of posts.</summary>
    public FeedKind Kind { get; set; }

    /// <summary>From the feed's categories to topic keys; empty: a category that is called like a topic is that topic.</summary>
    public IDictionary<string, string> Topics { get; set; } = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);

    /// <summary>The shortest time between two looks; it is longer when the feed's server asks for more, or when little is published.</summary>
    public TimeSpan Every { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>The longest time between two looks at a feed that is well and asks for no more.</summary>
    public TimeSpan Slowest { get; set; } = TimeSpan.FromMinutes(30);

    /// <summary>So long without anything new is an alarm, or three times as long as usual if that is more; zero: never.</summary>
    public TimeSpan SilentAfter { get; set; } = TimeSpan.FromDays(1);

    /// <summary>Subscribes at the hub that the feed names (WebSub), so that the hub tells what is new.</summary>
    public bool Push { get; set; } = true;

    /// <summary>The feed may lie on a private address; honoured only while the local carrier is on.</summary>
    public bool AllowPrivate { get; set; }

    /// <summary>More new items in one look than this all wait for an editor.</summary>
    public int MostAtOnce { get; set; } = 10;

    /// <summary>An item that is dated longer ago waits for an editor.</summary>
    public TimeSpan OldestNews { get; set; } = TimeSpan.FromHours(24);
}

/// <summary>Section <c>Feeds</c>.</summary>
public sealed class FeedsOptions
{
    public IList<FeedOptions> Feeds { get; set; } = [];

    /// <summary>How people are told of a feed: its setting and its host, for the rest of an address may be a secret.</summary>
    public string NameOf(string url)
    {
        var setting = Feeds.Index().Where(feed => feed.Item.Url == url).Select(feed => $"Feeds:{feed.Index}").FirstOrDefault() ?? "a feed that is not set any more";
        return Uri.TryCreate(url, UriKind.Absolute, out var address) ? $"{setting} ({address.Host})" : setting;
    }
}
