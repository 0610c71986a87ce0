using Notify.Contacts;

namespace Notify.Deliveries;

/// <summary>Where a delivery stands; the numbers lie in the database and never change their meaning.</summary>
public enum DeliveryStatus
{
    Pending = 0,
    Held = 1,
    Sending = 2,
    Accepted = 3,
    Delivered = 4,
    Undelivered = 5,
    Rejected = 6,
    Skipped = 7,
    InDoubt = 8,
    Unknown = 9,
}

/// <summary>One thing to say to one contact point.</summary>
public sealed class Delivery
{
    public long Id { get; init; }

    /// <summary>What is paused and counted as one: an alert, or a standing purpose.</summary>
    public required Guid SourceId { get; init; }

    /// <summary>What the message is about: the alert, the opt-in, the inbound message answered. With the contact it makes the delivery unique.</summary>
    public required Guid SubjectId { get; init; }

    public required long ContactId { get; init; }

    public required Channel Channel { get; init; }

    public required string Sender { get; init; }

    /// <summary>
    /// Which suppressions cover it: null only those younger than itself (a confirmation), empty those for everything, else also one for that topic. Of several topics, separated by blanks,
    /// each has to be stopped: they are those for which the contact gets it.
    /// </summary>
    public string? Scope { get; init; }

    /// <summary>Whose quiet hours hold it back; null: nobody's.</summary>
    public int? WhereaboutsId { get; init; }

    /// <summary>The language its reader reads; null: the publication's.</summary>
    public string? Locale { get; init; }

    /// <summary>How many others, decided while it was held, it stands for.</summary>
    public int Others { get; set; }

    public required DeliveryStatus Status { get; set; }

    public string? Reason { get; set; }

    public required DateTimeOffset DueAt { get; set; }

    public required DateTimeOffset ExpiresAt { get; init; }

    public int Attempts { get; set; }

    /// <summary>How often the provider was asked about it while in doubt.</summary>
    public int Doubts { get; set; }

    /// <summary>How often it was sent again after a doubt: once at most.</summary>
    public int Resends { get; set; }

    public string? LeaseOwner { get; set; }

    public string? ProviderId { get; set; }

    /// <summary>The words of a reply; other messages are composed by their source.</summary>
    public string? Body { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required DateTimeOffset ChangedAt { get; set; }

    /// <summary>When it was last claimed to be handed over; what is heard of it later does not move it.</summary>
    public DateTimeOffset? HandedAt { get; set; }

    /// <summary>Every change after the decision: a line each of time, state and reason.</summary>
    public string History { get; set; } = "";
}

/// <summary>One line of a delivery's history.</summary>
public sealed record DeliveryChange(DateTimeOffset At, string Status, string? Reason)
{
    /// <summary>The history of a delivery, the decision first.</summary>
    public static IReadOnlyList<DeliveryChange> Read(Delivery delivery)
    {
        var changes = new List<DeliveryChange> { new(delivery.CreatedAt, "decided", null) };
        foreach (var line in delivery.History.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            var parts = line.Split(' ', 3);
            var at = DateTimeOffset.FromUnixTimeMilliseconds(long.Parse(parts[0], System.Globalization.CultureInfo.InvariantCulture));
            changes.Add(new DeliveryChange(at, parts[1], parts.Length > 2 && parts[2].Length > 0 ? parts[2] : null));
        }

        return changes;
    }

    /// <summary>As it is appended in the same statement as the change itself.</summary>
    internal static string Line(DateTimeOffset at, DeliveryStatus status, string? reason) =>
        string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{at.ToUnixTimeMilliseconds()} {Name(status)} {reason?.ReplaceLineEndings(" ")}\n");

    /// <summary>The state's name as programs see it: <c>inDoubt</c>.</summary>
    public static string Name(DeliveryStatus status) => System.Text.Json.JsonNamingPolicy.CamelCase.ConvertName(status.ToString());
}
