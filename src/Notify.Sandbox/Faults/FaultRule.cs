namespace Notify.Sandbox.Faults;

/// <summary>One piece of scripted trouble. Which fields go with which <see cref="On"/> is said in <see cref="FaultBook"/>.</summary>
internal sealed record FaultRule
{
    /// <summary>create, status, inbound or smtp.</summary>
    public required string On { get; init; }

    /// <summary>The reader it concerns: a number or an address, or its beginning and a <c>*</c>; null concerns everybody.</summary>
    public string? To { get; init; }

    /// <summary>How often it still strikes; 0 until cleared.</summary>
    public int Times { get; init; } = 1;

    public int? LatencyMs { get; init; }

    // create
    public int? Status { get; init; }
    public int? Code { get; init; }
    public bool? TimeoutAfterAccept { get; init; }
    public bool? DropAfterAccept { get; init; }
    public bool? Refuse { get; init; }
    public string? FinalStatus { get; init; }
    public int? ErrorCode { get; init; }

    // status, inbound
    public bool? Lose { get; init; }
    public bool? Double { get; init; }
    public bool? Reorder { get; init; }
    public bool? BeforeAnswer { get; init; }
    public int? DelayMs { get; init; }

    // smtp
    public string? Command { get; init; }
    public string? Reply { get; init; }
    public bool? Disconnect { get; init; }
    public bool? BeforeStore { get; init; }

    public bool Concerns(string reader) => To switch
    {
        null => true,
        [.. var beginning, '*'] => reader.StartsWith(beginning, StringComparison.OrdinalIgnoreCase),
        var whole => string.Equals(reader, whole, StringComparison.OrdinalIgnoreCase),
    };
}
