using Microsoft.Extensions.Options;
using Notify.Consent;
using Notify.Contacts;
using Notify.Deliveries;
using Notify.Publication;
using Notify.Storage;
using Notify.Subscribers;

namespace Notify.Inbound;

/// <summary>
/// Takes texts in, each once: what it means, what follows from it and what is answered are one transaction, and the same message again gets
/// the answer that was stored.
/// </summary>
internal sealed class Inbox(
    Database database, ContactBook contacts, Subscriptions subscriptions, Preferences preferences, Choices choices, SignUpReader signUps, PostOffice office, Spending spending,
    IOptionsMonitor<PublicationOptions> site)
{
    /// <summary>How many answers a number gets in 24 hours, those to a stop among them; two machines that answer each other stop here.</summary>
    private const int MaxAnswersPerDay = 5;

    /// <summary>How long a queued answer may still leave: the confirmation of a STOP has five minutes (47 CFR 64.1200(a)(12)), and the others answer a person who waits.</summary>
    private static readonly TimeSpan AnswerWithin = TimeSpan.FromMinutes(5);

    /// <summary>How many days PAUSE alone means.</summary>
    private const int UsualPause = 7;

    /// <returns>The text to answer the webhook with; null for silence, and for an answer that was queued.</returns>
    public Task<string?> ReceiveAsync(InboundMessage message, CancellationToken cancellationToken)
    {
        // Outside the transaction: a long text takes some milliseconds, and nobody else could write meanwhile.
        var reading = Read(message);
        return database.WriteAsync(async write =>
        {
            // Takes the contact's row first: two messages of one person are read one after the other.
            var contact = ContactPoint.Of(message.From);
            var contactId = await contacts.FindOrAddAsync(write, contact);
            var known = await write.QueryAsync("SELECT answer FROM inbox WHERE provider = @provider AND provider_id = @id",
                row => row.Text(0), ("provider", message.Provider), ("id", message.ProviderId));
            if (known is [var stored])
            {
                return message.CanAnswerInline ? stored : null;
            }

            var now = await write.NowAsync();
            var id = Guid.CreateVersion7(now);
            var (readAs, reply) = await ActAsync(write, message, contactId, contacts.Hash(contact), reading);
            var answer = reply is not null && !message.ProviderAnswers && !message.OnlyStops && await MayAnswerAsync(write, contactId, readAs) ? Messages.TextNormaliser.Normalise(reply) : null;
            await write.ExecuteAsync("""
                INSERT INTO inbox (id, provider, provider_id, contact_id, recipient, body, read_as, answer, at)
                VALUES (@id, @provider, @pid, @contact, @recipient, @body, @read, @answer, @now)
                """,
                ("id", id), ("provider", message.Provider), ("pid", message.ProviderId), ("contact", contactId), ("recipient", message.Sender),
                ("body", message.Body), ("read", readAs), ("answer", answer), ("now", now));
            if (readAs == Keyword.Review && await Suppressions.IsStoppedAsync(write, contactId))
            {
                await Reviews.AnsweredAsync(write, contactId, isStop: true);
            }

            if (answer is not null && !message.CanAnswerInline)
            {
                await office.QueueReplyAsync(write, id, contactId, message.Sender, answer, AnswerWithin);
                return null;
            }

            if (answer is not null)
            {
                await office.RecordReplyAsync(write, id, contactId, message.Sender, answer);
                await spending.RecordAsync(write, message.From.Region, 1, Messages.Segments.Count(answer).Segments, now);
            }

            return answer;
        }, cancellationToken);
    }

    private Reading Read(InboundMessage message)
    {
        var reading = message.Told != Keyword.None ? new Reading(message.Told) : Keywords.Read(message.Body, site.CurrentValue.Topics);
        return !message.OnlyStops ? reading : reading.Means switch
        {
            Keyword.Stop or Keyword.Review => reading,
            // Its end would be a beginning: a person says what is meant.
            Keyword.Pause => new Reading(Keyword.Review),
            _ => Reading.Nothing,
        };
    }

    /// <returns>What it comes to, and what to say; null for silence.</returns>
    private async Task<(Keyword ReadAs, string? Reply)> ActAsync(Write write, InboundMessage message, long contactId, string hash, Reading reading)
    {
        var evidence = new ConsentEvidence { Address = message.From.Value, Reply = message.Body, MessageId = message.ProviderId };
        var taken = await Preferences.TakenAsync(write, contactId, site.CurrentValue.Topics.Select(topic => topic.Key));
        var words = new ReplyWords(site.CurrentValue, taken.Locale);
        var isAsked = await Subscriptions.IsAskedAsync(write, contactId);
        if (taken.Locale is null && !isAsked && !signUps.Takes(message.From))
        {
            return (await StopStrangerAsync(write, contactId, hash, reading, evidence), null);
        }

        if (reading.IsAnswer && !isAsked)
        {
            return (Keyword.None, null);
        }

        if (reading is { Means: Keyword.Stop, Topic: null } or { Means: Keyword.Start } || (reading.Means == Keyword.Pause && taken.IsActive))
        {
            // Whoever says now whether texts are wanted has answered what a person was to find out.
            await Reviews.AnsweredAsync(write, contactId, reading.Means == Keyword.Stop);
        }

        return reading switch
        {
            { Means: Keyword.Stop, Topic: { } topic } when taken.IsActive => (Keyword.Stop,
                await preferences.StopTopicAsync(write, contactId, hash, Channel.Text, topic, "reply", evidence) ? words.TopicStopped(topic) : null),
            { Means: Keyword.Start, Topic: { } topic } when taken.IsActive => (Keyword.Start, await StartTopicAsync(write, contactId, hash, topic, evidence, words)),
            // The one confirmation a STOP permits (47 CFR 64.1200(a)(12)); a second STOP gets silence.
            { Means: Keyword.Stop } => (Keyword.Stop,
                await subscriptions.StopAsync(write, contactId, hash, Channel.Text, ConsentKind.Stopped, "reply", "stopped", evidence) ? words.Stopped : null),
            { Means: Keyword.Start } when taken.IsActive && !isAsked && await choices.MoreAsync(write, new Person(contactId, hash, Channel.Text), "reply", evidence) => (Keyword.Start, words.Welcome),
            { Means: Keyword.Start } => (Keyword.Start, await StartAsync(write, contactId, hash, reading.Topic, evidence)),
            { Means: Keyword.Help } => (Keyword.Help, words.Help),
            { Means: Keyword.List } => (Keyword.List, words.List(taken.IsActive ? taken.Topics : [])),
            { Means: Keyword.Less } => (Keyword.Less, await LessAsync(write, contactId, hash, taken, evidence, words)),
            { Means: Keyword.Pause } when taken.IsActive => (Keyword.Pause, await PauseAsync(write, contactId, hash, reading.Days ?? UsualPause, evidence, words)),
            { Means: Keyword.Review } when taken.IsActive || isAsked => (Keyword.Review, await QuestionAsync(write, contactId, hash, evidence)),
            _ => (Keyword.None, null),
        };
    }

    /// <summary>A number the form would not take costs nothing by text either: whoever owns such numbers is neither answered nor signed up. A stop counts from anybody.</summary>
    private async Task<Keyword> StopStrangerAsync(Write write, long contactId, string hash, Reading reading, ConsentEvidence evidence)
    {
        if (reading.Means != Keyword.Stop)
        {
            return Keyword.None;
        }

        await subscriptions.StopAsync(write, contactId, hash, Channel.Text, ConsentKind.Stopped, "reply", "stopped", evidence);
        return Keyword.Stop;
    }

    /// <param name="topic">The one topic that is wanted, by somebody who gets nothing; null: what there was, or all.</param>
    private async Task<string> StartAsync(Write write, long contactId, string hash, string? topic, ConsentEvidence evidence)
    {
        var said = topic is null ? evidence : evidence with { Topics = [topic] };
        if (!await subscriptions.ConfirmAsync(write, contactId, hash, Channel.Text, "reply", said, topic: topic))
        {
            await subscriptions.ResumeAsync(write, contactId, hash, Channel.Text, "reply", said, topic);
        }

        // The language is the one it signed up with just now.
        return new ReplyWords(site.CurrentValue, (await Preferences.TakenAsync(write, contactId, [])).Locale).Welcome;
    }

    private async Task<string> StartTopicAsync(Write write, long contactId, string hash, string topic, ConsentEvidence evidence, ReplyWords words)
    {
        await preferences.StartTopicAsync(write, contactId, hash, Channel.Text, topic, "reply", evidence);
        return words.TopicStarted(topic);
    }

    /// <summary>A digest a day; whoever has digests is told how to have less still.</summary>
    private async Task<string> LessAsync(Write write, long contactId, string hash, Taken taken, ConsentEvidence evidence, ReplyWords words) =>
        !taken.IsActive ? words.Less([])
        : await choices.LessAsync(write, new Person(contactId, hash, Channel.Text), "reply", evidence) is { } at ? words.Daily(at)
        : words.Less(taken.Topics);

    private async Task<string> PauseAsync(Write write, long contactId, string hash, int days, ConsentEvidence evidence, ReplyWords words)
    {
        await preferences.PauseAsync(write, contactId, hash, Channel.Text, days, "reply", evidence);
        return words.Paused(days);
    }

    /// <summary>A person reads it first; from somebody who has stopped and was asked again it is the same stop once more.</summary>
    /// <returns>Nothing.</returns>
    private async Task<string?> QuestionAsync(Write write, long contactId, string hash, ConsentEvidence evidence)
    {
        if (await Suppressions.IsStoppedAsync(write, contactId))
        {
            await subscriptions.StopAsync(write, contactId, hash, Channel.Text, ConsentKind.Stopped, "reply", "stopped", evidence);
        }
        else
        {
            await preferences.QuestionAsync(write, contactId, hash, Channel.Text, "reply", evidence);
        }

        return null;
    }

    private static async Task<bool> MayAnswerAsync(Write write, long contactId, Keyword keyword)
    {
        var day = await write.NowAsync() - TimeSpan.FromDays(1);
        var answers = await write.ScalarAsync<long>("SELECT count(*) FROM inbox WHERE contact_id = @contact AND at > @day AND answer IS NOT NULL",
            ("contact", contactId), ("day", day));
        var helps = await write.ScalarAsync<long>("SELECT count(*) FROM inbox WHERE contact_id = @contact AND at > @day AND answer IS NOT NULL AND read_as = @help",
            ("contact", contactId), ("day", day), ("help", Keyword.Help));
        return answers < MaxAnswersPerDay && (keyword != Keyword.Help || helps == 0);
    }
}
