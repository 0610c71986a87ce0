namespace Notify.Articles.Push;

/// <summary>How a subscription stands.</summary>
public enum PushState
{
    /// <summary>Asked for or to be asked for; the hub has not come back yet.</summary>
    Wanted = 1,

    /// <summary>The hub has made sure that we want it, and tells what is new until its lease ends.</summary>
    Live = 2,

    /// <summary>The hub does not want.</summary>
    Denied = 3,
}

/// <summary>A feed's subscription at its hub.</summary>
public sealed class FeedPush
{
    /// <summary>The feed's address as it stands in the settings.</summary>
    public required string Feed { get; init; }

    /// <summary>The part of the address the hub calls that nobody can guess.</summary>
    public required string Callback { get; init; }

    public required string Hub { get; init; }

    public required string Topic { get; init; }

    public required PushState State { get; set; }

    /// <summary>When the hub is to be asked (again).</summary>
    public required DateTimeOffset NextAt { get; set; }

    /// <summary>When it was last asked and has not refused since.</summary>
    public DateTimeOffset? AskedAt { get; set; }

    public DateTimeOffset? LiveUntil { get; set; }

    /// <summary>The last genuine push.</summary>
    public DateTimeOffset? LastAt { get; set; }

    /// <summary>When a look found what the hub had not sent.</summary>
    public DateTimeOffset? MissedAt { get; set; }

    /// <summary>How often it was asked since it last came back.</summary>
    public int Failures { get; set; }

    public string? Problem { get; set; }
}
