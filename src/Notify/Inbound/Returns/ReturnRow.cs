namespace Notify.Inbound.Returns;

/// <summary>A report that was taken in, and what followed.</summary>
internal sealed class ReturnRow
{
    public required Guid Id { get; init; }

    public required string ReportedBy { get; init; }

    public required string ReportId { get; init; }

    public required DateTimeOffset At { get; init; }

    public required ReportKind Kind { get; init; }

    public required ReturnReason Reason { get; init; }

    public string? Status { get; init; }

    public required bool Hard { get; init; }

    public long? DeliveryId { get; init; }

    public long? ContactId { get; init; }

    /// <summary>As it came, cut; it names readers, so it goes when the delivery does.</summary>
    public string? Raw { get; init; }

    public required string Did { get; init; }
}
