using System.Globalization;
using Notify.Contacts;
using Notify.Publication;

namespace Notify.Subscribers;

/// <summary>What a reader's page says at its top.</summary>
public enum PreferencesNotice
{
    None,
    Saved,
    Paused,
    Resumed,
    LinkSent,
    AskErase,
    Wrong,
    TooMany,
}

/// <summary>A reader's own page.</summary>
public sealed record PreferencesModel
{
    public required Channel Channel { get; init; }

    /// <summary>The contact, masked: the link may have been passed on.</summary>
    public required string Masked { get; init; }

    /// <summary>Whether the link was just sent to the contact itself.</summary>
    public required bool IsFresh { get; init; }

    /// <summary>Whether it gets anything at all, now or after a pause.</summary>
    public required bool IsActive { get; init; }

    public IReadOnlyList<string> Topics { get; init; } = [];

    public Frequency Frequency { get; init; } = Frequency.Instant;

    public int Minute { get; init; }

    public int Day { get; init; }

    /// <summary>Such as <c>22:00-07:00</c>; empty: none.</summary>
    public string Quiet { get; init; } = "";

    public bool BreakingAtNight { get; init; }

    public string? TimeZone { get; init; }

    /// <summary>When the pause is over; null: there is none.</summary>
    public DateTimeOffset? PausedUntil { get; init; }

    /// <summary>When the next digest is due, where there is one.</summary>
    public DateTimeOffset? DigestAt { get; init; }

    public PreferencesNotice Notice { get; init; }

    /// <summary>What was wrong, in words for the reader.</summary>
    public string Problem { get; init; } = "";

    public string QuietSince => OwnQuiet.TryRead(Quiet, out var since, out _) ? Clock(since) : "";

    public string QuietUntil => OwnQuiet.TryRead(Quiet, out _, out var until) ? Clock(until) : "";

    internal static string Clock(TimeOnly time) => time.ToString("HH:mm", CultureInfo.InvariantCulture);
}
