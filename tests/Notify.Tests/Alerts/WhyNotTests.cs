using System.Globalization;
using Notify.Alerts;
using Notify.Articles;
using Notify.Consent;
using Notify.Contacts;
using Notify.Deliveries;
using Notify.Subscribers;

namespace Notify.Tests.Alerts;

public sealed class WhyNotTests
{
    /// <summary>When the readers to be told began to be written down.</summary>
    private static readonly DateTimeOffset Noon = new(2023, 9, 13, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void What_the_reader_had_said_by_then_counts_not_what_it_says_now()
    {
        var stoppedAfter = Facts(entries: [Said(ConsentKind.Confirmed, -60), Said(ConsentKind.Stopped, +5)]);
        var cameBackAfter = Facts(entries: [Said(ConsentKind.Confirmed, -60), Said(ConsentKind.Stopped, -5), Said(ConsentKind.Resumed, +5)]);
        var cameBackBefore = Facts(entries: [Said(ConsentKind.Confirmed, -60), Said(ConsentKind.Stopped, -20), Said(ConsentKind.Resumed, -10)]);

        Assert.Equal("unexplained", Explain(stoppedAfter).Reason);
        Assert.Equal("It said STOP at 11:55. It came back later, at 12:05.", Explain(cameBackAfter).Sentence);
        Assert.Equal("unexplained", Explain(cameBackBefore).Reason);
    }

    [Theory]
    [InlineData(ConsentKind.Stopped, "stopped")]
    [InlineData(ConsentKind.Unsubscribed, "unsubscribed")]
    [InlineData(ConsentKind.Revoked, "revoked")]
    [InlineData(ConsentKind.ProviderBlocked, "blocked")]
    [InlineData(ConsentKind.Erased, "erased")]
    public void Each_way_out_has_a_word_of_its_own(ConsentKind kind, string reason)
    {
        var told = Explain(Facts(entries: [Said(ConsentKind.Confirmed, -60), Said(kind, -5)]));

        Assert.Equal(("skipped", reason), (told.Status, told.Reason));
        Assert.Contains("11:55", told.Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public void Who_never_confirmed_or_came_too_late_was_not_told()
    {
        var asked = new OptIn
        {
            Id = Guid.Empty,
            ContactId = 1,
            At = Noon.AddMinutes(-30),
            ExpiresAt = Noon.AddDays(7),
            Topics = "",
            BreakingAtNight = false,
            Locale = "en",
        };

        Assert.Equal("neverSignedUp", Explain(Facts(subscription: null)).Reason);
        Assert.Equal("neverConfirmed", Explain(Facts(subscription: null, entries: [Said(ConsentKind.Requested, -30)]) with { LastOptIn = asked }).Reason);
        Assert.Equal("signedUpAfter", Explain(Facts(entries: [Said(ConsentKind.Confirmed, +1)])).Reason);
        // Brought in without a ledger entry: the subscription itself tells since when.
        Assert.Equal("signedUpAfter", Explain(Facts(subscription: Subscription(confirmed: +1))).Reason);
        Assert.Equal("unexplained", Explain(Facts(subscription: Subscription(confirmed: -1))).Reason);
    }

    [Fact]
    public void Topics_are_told_by_their_names()
    {
        var facts = Facts(subscription: Subscription(confirmed: -1, allTopics: false)) with { Topics = ["politics"] };

        Assert.Equal("It takes only POLITICS; the article is under WORLD.", Explain(facts).Sentence);
        Assert.Equal("topic", Explain(facts with { Article = Article("") }).Reason);
        Assert.Equal("unexplained", Explain(facts with { Article = Article("world politics") }).Reason);
    }

    [Fact]
    public void Then_it_is_the_alert_that_says_why()
    {
        var facts = Facts(subscription: Subscription(confirmed: -60));
        var (alert, source) = (facts.Alert!, facts.Source!);
        alert.PlannedAt = null;
        Assert.Equal(("pending", "notYet"), Of(facts));
        source.Paused = true;
        Assert.Equal(("pending", "paused"), Of(facts));
        source.Paused = false;
        Assert.Equal(("skipped", "noSender"), Of(facts with { HasSender = false }));
        alert.Hold = true;
        Assert.Equal(("held", "held"), Of(facts));
        source.Cancelled = true;
        Assert.Equal(("skipped", "cancelled"), Of(facts));
        Assert.Equal(("skipped", "noAlert"), Of(facts with { Alert = null, Source = null }));
        Assert.Equal(("skipped", "erased"), Of(facts with { Contact = Contact(address: null) }));
    }

    private static (string, string) Of(Absence facts) => (Explain(facts).Status, Explain(facts).Reason);

    private static AbsenceReason Explain(Absence facts) =>
        WhyNot.Explain(facts, at => at.ToString("HH:mm", CultureInfo.InvariantCulture), key => key.ToUpperInvariant());

    private static Absence Facts(Subscription? subscription = null, params ConsentEntry[] entries) => new()
    {
        Article = Article("world"),
        Alert = new Alert
        {
            Id = Guid.Empty,
            ArticleId = Guid.Empty,
            CreatedAt = Noon,
            StartsAt = Noon,
            ExpiresAt = Noon.AddDays(1),
            StartedAt = Noon,
            PlannedAt = Noon,
            PlannedTo = 9,
        },
        Source = new Source { Id = Guid.Empty, Kind = SourceKind.Alert, Priority = Priority.Normal, CreatedAt = Noon },
        Contact = Contact("+12125550143"),
        Channel = Channel.Text,
        Subscription = subscription,
        Topics = [],
        Entries = entries,
        LastOptIn = null,
        HasSender = true,
        Now = Noon.AddHours(1),
    };

    private static Contact Contact(string? address) => new() { Id = 1, Hash = "", Channel = Channel.Text, Address = address, CreatedAt = Noon };

    private static Subscription Subscription(int confirmed, bool allTopics = true) => new()
    {
        ContactId = 1,
        State = SubscriptionState.Active,
        AllTopics = allTopics,
        Locale = "en",
        CreatedAt = Noon,
        ConfirmedAt = Noon.AddMinutes(confirmed),
    };

    private static ConsentEntry Said(ConsentKind kind, int minutes) => new()
    {
        Id = Guid.Empty,
        Kind = kind,
        At = Noon.AddMinutes(minutes),
        ContactHash = "",
        Channel = Channel.Text,
        Scope = "",
        How = "reply",
        EvidenceDigest = "",
    };

    private static Article Article(string topics) => new()
    {
        Id = Guid.Empty,
        Url = "https://yid-info.example/1",
        Title = "One",
        Topics = topics,
        Priority = ArticlePriority.Normal,
        CreatedAt = Noon,
        CameFrom = "test",
    };
}
