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
internal sealed class Inbox(Database database, ContactBook contacts, Subscriptions subscriptions, PostOffice office, IOptionsMonitor<PublicationOptions> site)
{
    /// <summary>How many answers a number gets in 24 hours; two machines that answer each other stop here.</summary>
    private const int MaxAnswersPerDay = 5;

    /// <returns>The text to answer with; null for silence.</returns>
    public Task<string?> ReceiveAsync(InboundMessage message, CancellationToken cancellationToken) =>
        database.WriteAsync(async write =>
        {
            // Takes the contact's row first: two messages of one person are read one after the other.
            var contact = ContactPoint.Of(message.From);
            var contactId = await contacts.FindOrAddAsync(write, contact);
            var known = await write.QueryAsync("SELECT answer FROM inbox WHERE provider = @provider AND provider_id = @id",
                row => row.Text(0), ("provider", message.Provider), ("id", message.ProviderId));
            if (known is [var stored])
            {
                return stored;
            }

            var now = await write.NowAsync();
            var id = Guid.CreateVersion7(now);
            var readAs = message.Told != Keyword.None ? message.Told : Keywords.Read(message.Body).Means;
            var reply = await ActAsync(write, message, contactId, contacts.Hash(contact), readAs);
            var answer = reply is not null && !message.ProviderAnswers && await MayAnswerAsync(write, contactId, readAs) ? reply : null;
            await write.ExecuteAsync("""
                INSERT INTO inbox (id, provider, provider_id, contact_id, recipient, body, read_as, answer, at)
                VALUES (@id, @provider, @pid, @contact, @recipient, @body, @read, @answer, @now)
                """,
                ("id", id), ("provider", message.Provider), ("pid", message.ProviderId), ("contact", contactId), ("recipient", message.Sender),
                ("body", message.Body), ("read", readAs), ("answer", answer), ("now", now));
            if (answer is not null)
            {
                await office.RecordReplyAsync(write, id, contactId, message.Sender, answer);
            }

            return answer;
        }, cancellationToken);

    /// <returns>What to say; null for nothing.</returns>
    private async Task<string?> ActAsync(Write write, InboundMessage message, long contactId, string hash, Keyword keyword)
    {
        var evidence = new ConsentEvidence { Address = message.From.Value, Reply = message.Body, MessageId = message.ProviderId };
        var words = new ReplyWords(site.CurrentValue);
        switch (keyword)
        {
            case Keyword.Stop:
                // The one confirmation a STOP permits (47 CFR 64.1200(a)(12)); a second STOP gets silence.
                return await subscriptions.StopAsync(write, contactId, hash, Channel.Text, ConsentKind.Stopped, "reply", "stopped", evidence) ? words.Stopped : null;
            case Keyword.Start:
                if (!await subscriptions.ConfirmAsync(write, contactId, hash, Channel.Text, "reply", evidence))
                {
                    await subscriptions.ResumeAsync(write, contactId, hash, Channel.Text, "reply", evidence);
                }

                return words.Welcome;
            case Keyword.Help:
                return words.Help;
            default:
                return null;
        }
    }

    private static async Task<bool> MayAnswerAsync(Write write, long contactId, Keyword keyword)
    {
        if (keyword == Keyword.Stop)
        {
            // Once per revocation by itself: a contact that is stopped already is not confirmed again.
            return true;
        }

        var day = await write.NowAsync() - TimeSpan.FromDays(1);
        var answers = await write.ScalarAsync<long>("SELECT count(*) FROM inbox WHERE contact_id = @contact AND at > @day AND answer IS NOT NULL",
            ("contact", contactId), ("day", day));
        var helps = await write.ScalarAsync<long>("SELECT count(*) FROM inbox WHERE contact_id = @contact AND at > @day AND answer IS NOT NULL AND read_as = @help",
            ("contact", contactId), ("day", day), ("help", Keyword.Help));
        return answers < MaxAnswersPerDay && (keyword != Keyword.Help || helps == 0);
    }
}

/// <summary>The words of our replies (CTIA Messaging Principles 5.1.3; Short Code handbook).</summary>
internal sealed class ReplyWords(PublicationOptions site)
{
    public string Welcome =>
        $"{site.Name}: Thanks for subscribing to news alerts. {Frequency} Msg&data rates may apply. Reply HELP for help, STOP to cancel.";

    public string Stopped =>
        $"{site.Name}: You will get no more texts from us. E-mail, if you signed up for it, goes on. Reply START to come back.";

    public string Help =>
        $"{site.Name} news alerts: help at {(site.SupportContact.Length > 0 ? site.SupportContact : site.Url)}. {Frequency} Msg&data rates may apply. Reply STOP to cancel.";

    private string Frequency => site.MaxTextsPerDay > 0 ? $"Up to {site.MaxTextsPerDay} msgs/day." : "Msg frequency varies.";
}
