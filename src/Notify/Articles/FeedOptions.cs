namespace Notify.Articles;

/// <summary>An entry of section <c>Feeds</c>.</summary>
public sealed class FeedOptions
{
    public string Url { get; set; } = "";

    /// <summary>From the feed's categories to topic keys; empty: a category that is called like a topic is that topic.</summary>
    public IDictionary<string, string> Topics { get; set; } = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);

    /// <summary>How long between two looks, when the feed's server does not ask for more.</summary>
    public TimeSpan Every { get; set; } = TimeSpan.FromMinutes(5);

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
}

/// <summary>What is remembered of a feed between two looks.</summary>
public sealed class FeedState
{
    public required string Url { get; init; }

    /// <summary>Byte-exact as the server gave it, quotes and W/ included (RFC 9110, 8.8.3).</summary>
    public string? Etag { get; set; }

    public string? LastModified { get; set; }

    public required DateTimeOffset NextAt { get; set; }

    /// <summary>When its first look took in what there was, silently.</summary>
    public DateTimeOffset? SeededAt { get; set; }

    public DateTimeOffset? LastAt { get; set; }

    public int? LastStatus { get; set; }

    public int Failures { get; set; }

    /// <summary>Until when, after a flood, whatever is new waits for an editor.</summary>
    public DateTimeOffset HeldUntil { get; set; }

    public string? Problem { get; set; }
}
