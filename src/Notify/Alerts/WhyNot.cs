using System.Globalization;
using Notify.Articles;
using Notify.Consent;
using Notify.Contacts;
using Notify.Deliveries;
using Notify.Subscribers;

namespace Notify.Alerts;

/// <summary>All that is known when an article has no delivery for a contact.</summary>
internal sealed record Absence
{
    public required Article Article { get; init; }

    public required Alert? Alert { get; init; }

    public required Source? Source { get; init; }

    /// <summary>Null: never seen.</summary>
    public required Contact? Contact { get; init; }

    public required Channel Channel { get; init; }

    public required Subscription? Subscription { get; init; }

    public required IReadOnlyList<string> Topics { get; init; }

    /// <summary>The contact's ledger, the oldest first.</summary>
    public required IReadOnlyList<ConsentEntry> Entries { get; init; }

    public required OptIn? LastOptIn { get; init; }

    /// <summary>Whether anything can be sent on the contact's channel at all.</summary>
    public required bool HasSender { get; init; }

    public required DateTimeOffset Now { get; init; }
}

/// <param name="Status"><c>skipped</c>, or <c>pending</c> and <c>held</c> where it may still come.</param>
/// <param name="Reason">One word for programs.</param>
/// <param name="Sentence">The same for people.</param>
internal sealed record AbsenceReason(string Status, string Reason, string Sentence);

/// <summary>Why nobody was told: first what the contact had said by the time the audience was written, then what became of the alert.</summary>
internal static class WhyNot
{
    /// <param name="when">How an instant is written.</param>
    /// <param name="topicName">A topic's name by its key.</param>
    public static AbsenceReason Explain(Absence facts, Func<DateTimeOffset, string> when, Func<string, string> topicName) =>
        facts.Alert is null
            ? Skipped("noAlert", "This article was stored without an alert, as the first items of a new feed are: nobody was told about it.")
            : NotWilling(facts, facts.Alert, when) ?? NotItsTopic(facts, topicName) ?? NotSent(facts, facts.Alert, facts.Source!, when);

    /// <summary>Until when the contact had to be in to be written to; now, while the audience does not stand.</summary>
    private static DateTimeOffset Cut(Absence facts, Alert alert) =>
        alert.PlannedAt ?? (alert.PlannedTo > 0 && facts.Contact is { } contact && contact.Id <= alert.PlannedTo ? alert.StartedAt : null) ?? facts.Now;

    private static AbsenceReason? NotWilling(Absence facts, Alert alert, Func<DateTimeOffset, string> when)
    {
        var cut = Cut(facts, alert);
        var turns = facts.Entries.Where(e => e.Scope.Length == 0 && Turn(e.Kind) != 0).ToList();
        var last = turns.LastOrDefault(e => e.At <= cut);
        if (last is not null && Turn(last.Kind) < 0)
        {
            var back = turns.FirstOrDefault(e => e.At > cut && Turn(e.Kind) > 0) is { } return_ ? $" It came back later, at {when(return_.At)}." : "";
            return Skipped(ReasonOf(last.Kind), $"{Ended(last, when)}{back}");
        }

        if (facts.Contact is { Address: null })
        {
            return Skipped("erased", "The address was erased when its reader asked for it; nothing can be sent to it.");
        }

        // Readers that were brought in at once, such as test readers, are in no ledger; then the subscription itself tells since when.
        var since = last?.At ?? facts.Subscription?.ConfirmedAt ?? turns.FirstOrDefault(e => Turn(e.Kind) > 0)?.At;
        if (since is null)
        {
            return facts.LastOptIn is { } asked
                ? Skipped("neverConfirmed", $"Somebody signed up with it at {when(asked.At)}, but it never confirmed; without that nothing is sent.")
                : Skipped("neverSignedUp", "It never signed up.");
        }

        // Who came while the audience was being written may have been passed already.
        return since > (alert.StartedAt ?? cut)
            ? Skipped("signedUpAfter", $"It confirmed at {when(since.Value)}, after the readers to be told had been written down ({when(alert.StartedAt ?? cut)}).")
            : null;
    }

    private static AbsenceReason? NotItsTopic(Absence facts, Func<string, string> topicName)
    {
        if (facts.Subscription is not { AllTopics: false } || facts.Article.TopicKeys.Intersect(facts.Topics, StringComparer.Ordinal).Any())
        {
            return null;
        }

        var takes = facts.Topics.Count > 0 ? $"takes only {Listed(facts.Topics.Select(topicName))}" : "takes no topic";
        return Skipped("topic", facts.Article.TopicKeys is { Length: > 0 } keys
            ? $"It {takes}; the article is under {Listed(keys.Select(topicName))}."
            : $"It {takes}; the article is under no topic, so only readers of all topics were told.");
    }

    private static AbsenceReason NotSent(Absence facts, Alert alert, Source source, Func<DateTimeOffset, string> when) => source switch
    {
        { Cancelled: true, Why: "late" } => Skipped("expired", "The alert had a time and could not begin for long after it, so it was not sent."),
        { Cancelled: true, Why: "unpublished" } => Skipped("unpublished", "The article was taken back before this contact's turn to be written down came."),
        { Cancelled: true } => Skipped("cancelled", "The alert was cancelled before this contact's turn to be written down came."),
        _ when alert.Hold => new AbsenceReason("held", "held", "The alert waits for an editor's word; then this contact will be told."),
        { Paused: false } when alert.Route == AlertRoute.Digest || facts.Subscription is { Frequency: not Frequency.Instant } => InDigest(facts, alert, when),
        { Paused: true } when alert.PlannedAt is null => new AbsenceReason("pending", "paused", "The alert is paused; when it goes on, this contact will be told."),
        _ when !facts.HasSender => Skipped("noSender", $"There is no sender for {(facts.Channel == Channel.Text ? "texts" : "mail")} in the settings."),
        _ when alert.PlannedAt is null => new AbsenceReason("pending", "notYet", $"Not yet: the alert begins at {when(alert.StartsAt)}, and this contact is to be told."),
        _ => Skipped("unexplained", "By what is stored it should have been told. Its topics or its sender may have been others then; otherwise this is a fault worth reporting."),
    };

    /// <summary>Whoever does not take each article at once, and an article that nobody is told at once.</summary>
    private static AbsenceReason InDigest(Absence facts, Alert alert, Func<DateTimeOffset, string> when) => facts.Subscription switch
    {
        { DigestAt: { } due } reader when alert.DigestAt is null || alert.DigestAt > reader.DigestFrom =>
            new AbsenceReason("pending", "digest", $"It is to be told in a digest; the next one is due at {when(due)}."),
        null or { DigestAt: null } when alert.PlannedAt is null => new AbsenceReason("pending", "digest", "It is to be told in a digest, once the readers to be told are written down."),
        _ => Skipped("digestPassed", "Its digests have gone past this article without it. Its topics were others then, or nothing could be sent to it."),
    };

    /// <summary>1 where an entry opens the door, -1 where it shuts it, 0 where it does neither.</summary>
    private static int Turn(ConsentKind kind) => kind switch
    {
        ConsentKind.Confirmed or ConsentKind.Resumed or ConsentKind.Imported => 1,
        ConsentKind.Stopped or ConsentKind.Unsubscribed or ConsentKind.Revoked or ConsentKind.ProviderBlocked or ConsentKind.Erased => -1,
        _ => 0,
    };

    private static string ReasonOf(ConsentKind kind) => kind == ConsentKind.ProviderBlocked ? "blocked" : kind.ToString().ToLower(CultureInfo.InvariantCulture);

    private static string Ended(ConsentEntry entry, Func<DateTimeOffset, string> when) => entry.Kind switch
    {
        ConsentKind.Stopped => $"It said STOP at {when(entry.At)}.",
        ConsentKind.Unsubscribed => $"It unsubscribed at {when(entry.At)}, by {entry.How}.",
        ConsentKind.Revoked => $"Its stop was recorded at {when(entry.At)}, by {entry.How}.",
        ConsentKind.ProviderBlocked => $"The provider said at {when(entry.At)} that it is blocked or gone.",
        _ => $"Its reader had everything erased at {when(entry.At)}.",
    };

    private static string Listed(IEnumerable<string> names) => string.Join(", ", names);

    private static AbsenceReason Skipped(string reason, string sentence) => new("skipped", reason, sentence);
}
