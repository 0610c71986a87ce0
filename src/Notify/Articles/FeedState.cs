namespace Notify.Articles;

/// <summary>What is remembered of a feed between two looks.</summary>
public sealed class FeedState
{
    /// <summary>As it stands in the settings, whatever the feed's address is by now.</summary>
    public required string Url { get; init; }

    /// <summary>Where it is asked since its server said often and long enough that it has moved; null: where the settings say.</summary>
    public string? Address { get; set; }

    public string? MovedTo { get; set; }

    public int MovedTimes { get; set; }

    public DateTimeOffset? MovedSince { get; set; }

    /// <summary>Its server said that it is gone for good (410); it is not asked any more.</summary>
    public DateTimeOffset? GoneAt { get; set; }

    /// <summary>Byte-exact as the server gave it, quotes and W/ included (RFC 9110, 8.8.3).</summary>
    public string? Etag { get; set; }

    public string? LastModified { get; set; }

    /// <summary>SHA-256 of the last document that was taken in whole, in hexadecimal digits.</summary>
    public string? BodyHash { get; set; }

    /// <summary>How far a list of posts was read, by when they were changed.</summary>
    public DateTimeOffset? ReadTo { get; set; }

    /// <summary>While somebody looks: the end of that turn, by which its owner knows it.</summary>
    public required DateTimeOffset NextAt { get; set; }

    /// <summary>When its first look took in what there was, silently.</summary>
    public DateTimeOffset? SeededAt { get; set; }

    /// <summary>The usual time between two articles, in milliseconds.</summary>
    public long? Pace { get; set; }

    /// <summary>How long the document itself asks to be left alone, in milliseconds.</summary>
    public long? Asks { get; set; }

    public DateTimeOffset? LastAt { get; set; }

    /// <summary>The last time it could be read, changed or not.</summary>
    public DateTimeOffset? LastGoodAt { get; set; }

    /// <summary>The last time anything new was in it.</summary>
    public DateTimeOffset? LastNewAt { get; set; }

    public int? LastStatus { get; set; }

    public int Failures { get; set; }

    /// <summary>Until when, after a flood, whatever is new waits for an editor.</summary>
    public DateTimeOffset HeldUntil { get; set; }

    public string? Problem { get; set; }

    /// <summary>Since when a person was told that nothing comes.</summary>
    public DateTimeOffset? SilentAt { get; set; }

    /// <summary>Where it is asked now.</summary>
    public Uri Place => new(Address ?? Url);
}
