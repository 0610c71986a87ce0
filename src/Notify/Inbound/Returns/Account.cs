namespace Notify.Inbound.Returns;

/// <summary>What a report says of one recipient, before it is judged.</summary>
internal sealed record Account(string? Address)
{
    /// <summary>The fields of RFC 3464, 2.3; none where the report is prose.</summary>
    public Fields Fields { get; init; } = Fields.None;

    /// <summary>The machine that reports (RFC 3464, 2.2.2).</summary>
    public string? Reporter { get; init; }

    /// <summary>What is said of this recipient to people.</summary>
    public string Prose { get; init; } = "";

    /// <summary>What is said to people of all recipients together, and the subject.</summary>
    public string Shared { get; init; } = "";

    /// <summary>Nobody else is told of, so that whatever is said is said of this one.</summary>
    public bool IsOnly { get; init; } = true;
}
