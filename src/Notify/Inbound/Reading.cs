namespace Notify.Inbound;

/// <summary>What a text asks for. Stored by number.</summary>
public enum Keyword
{
    /// <summary>Nothing: an opinion, a greeting, a tip.</summary>
    None = 0,

    /// <summary>No more texts, of everything or of one topic.</summary>
    Stop = 1,

    /// <summary>Yes to the question asked, texts again after a stop, or one topic more.</summary>
    Start = 2,

    /// <summary>Who writes, and how to reach them.</summary>
    Help = 3,

    /// <summary>Which topics there are, and which of them come.</summary>
    List = 4,

    /// <summary>One text a day instead of many.</summary>
    Less = 5,

    /// <summary>Nothing for some days.</summary>
    Pause = 6,

    /// <summary>It may be a stop: a person must read it, and nothing is sent meanwhile.</summary>
    Review = 7,
}

/// <param name="Topic">The key of the one topic that is meant; null: everything.</param>
/// <param name="Days">How long a pause is to be; null: not said.</param>
/// <param name="Matched">What it was recognised by.</param>
/// <param name="IsAnswer">It is only an answer, and says nothing where nothing was asked.</param>
public sealed record Reading(Keyword Means, string? Topic = null, int? Days = null, string? Matched = null, bool IsAnswer = false)
{
    public static readonly Reading Nothing = new(Keyword.None);
}
