using Notify.Consent;
using Notify.Contacts;
using Notify.Deliveries;
using Notify.Storage;

namespace Notify.Subscribers;

/// <summary>What a reader takes, for the words of an answer.</summary>
/// <param name="Locale">Null when it never signed up.</param>
/// <param name="IsActive">Whether it is told anything at all, now or after a pause.</param>
/// <param name="Topics">The keys it takes, without those it stopped.</param>
internal sealed record Taken(string? Locale, bool IsActive, IReadOnlyList<string> Topics);

/// <summary>Less than everything and more than nothing: single topics, a pause, and what has to be read by a person first.</summary>
internal sealed class Preferences(Ledger ledger)
{
    public const string Paused = "paused by the reader";

    public const string Questioned = "a person must read its text first";

    /// <param name="all">The publication's topic keys.</param>
    public static async Task<Taken> TakenAsync(Write write, long contactId, IEnumerable<string> all)
    {
        var rows = await write.QueryAsync("SELECT locale, state, all_topics FROM subscriptions WHERE contact_id = @contact",
            row => (Locale: row.GetString(0), IsActive: row.GetInt32(1) == (int)SubscriptionState.Active, All: row.GetBoolean(2)), ("contact", contactId));
        if (rows is not [var reader])
        {
            return new Taken(null, false, []);
        }

        var own = await write.QueryAsync("SELECT topic FROM subscription_topics WHERE contact_id = @contact", row => row.GetString(0), ("contact", contactId));
        var stopped = await write.QueryAsync("SELECT scope FROM suppressions WHERE contact_id = @contact AND (until IS NULL OR scope <> '')", row => row.GetString(0), ("contact", contactId));
        // The provider may block whom we call active.
        var isTold = reader.IsActive && !stopped.Contains(Suppressions.Everything, StringComparer.Ordinal);
        return new Taken(reader.Locale, isTold, [.. all.Where(topic => (reader.All || own.Contains(topic, StringComparer.Ordinal)) && !stopped.Contains(topic, StringComparer.Ordinal))]);
    }

    /// <summary>One topic less: its entry, its suppression, and whatever of it waits is skipped.</summary>
    /// <returns>False when it was stopped before.</returns>
    public async Task<bool> StopTopicAsync(Write write, long contactId, string hash, Channel channel, string topic, string how, ConsentEvidence evidence)
    {
        var entry = await ledger.AppendAsync(write, ConsentKind.Stopped, hash, channel, how, evidence, topic);
        var isNew = await Suppressions.AddAsync(write, contactId, topic, "stopped this topic", entry);
        await PostOffice.SkipStoppedTopicsAsync(write, contactId);
        return isNew;
    }

    /// <summary>One topic more, for a reader who takes some already.</summary>
    /// <param name="endsPause">Whoever texts for a topic wants texts again; who ticks one on a page where the pause is shown, when it is over.</param>
    /// <param name="words">The version of the words shown, where it is consent to more.</param>
    public async Task StartTopicAsync(
        Write write, long contactId, string hash, Channel channel, string topic, string how, ConsentEvidence evidence, bool endsPause = true, string? words = null)
    {
        await Suppressions.LiftAsync(write, contactId, topic);
        if (endsPause)
        {
            await Suppressions.ReleaseAsync(write, contactId);
        }

        await write.ExecuteAsync("""
            INSERT INTO subscription_topics (contact_id, topic)
            SELECT contact_id, @topic FROM subscriptions WHERE contact_id = @contact AND NOT all_topics ON CONFLICT (contact_id, topic) DO NOTHING
            """, ("contact", contactId), ("topic", topic));
        await ledger.AppendAsync(write, ConsentKind.Resumed, hash, channel, how, evidence, topic, words);
    }

    /// <summary>The reader wants messages again before the pause is over; what a person has to read first still waits for that.</summary>
    /// <returns>False where there was no pause.</returns>
    public async Task<bool> ResumeAsync(Write write, long contactId, string hash, Channel channel, string how, ConsentEvidence evidence)
    {
        if (await write.ExecuteAsync("DELETE FROM suppressions WHERE contact_id = @contact AND scope = '' AND until IS NOT NULL AND reason = @reason", ("contact", contactId), ("reason", Paused)) == 0)
        {
            return false;
        }

        await ledger.AppendAsync(write, ConsentKind.Resumed, hash, channel, how, evidence);
        return true;
    }

    /// <summary>Something else than topics was chosen; said in words.</summary>
    public Task ChangedAsync(Write write, string hash, Channel channel, string how, ConsentEvidence evidence, string? words = null) =>
        ledger.AppendAsync(write, ConsentKind.Changed, hash, channel, how, evidence, words: words);

    /// <summary>Nothing for so many days; what waits is skipped, for news does not keep.</summary>
    public async Task PauseAsync(Write write, long contactId, string hash, Channel channel, int days, string how, ConsentEvidence evidence)
    {
        var now = await write.NowAsync();
        var entry = await ledger.AppendAsync(write, ConsentKind.Paused, hash, channel, how, evidence);
        await Suppressions.HoldAsync(write, contactId, Paused, now, now.AddDays(days), entry);
        await PostOffice.SkipContactAsync(write, contactId, Paused);
    }

    /// <summary>Nothing until a person has read what it wrote.</summary>
    public async Task QuestionAsync(Write write, long contactId, string hash, Channel channel, string how, ConsentEvidence evidence)
    {
        var entry = await ledger.AppendAsync(write, ConsentKind.Questioned, hash, channel, how, evidence);
        await Suppressions.HoldAsync(write, contactId, Questioned, await write.NowAsync(), Suppressions.OpenEnd, entry);
        await PostOffice.SkipContactAsync(write, contactId, Questioned);
    }

    /// <summary>A person has read it: no stop. A pause that had not ended goes on.</summary>
    public async Task ClearAsync(Write write, long contactId, string hash, Channel channel, string how, ConsentEvidence evidence)
    {
        if (await Suppressions.AnswerAsync(write, contactId, Paused))
        {
            await ledger.AppendAsync(write, ConsentKind.Cleared, hash, channel, how, evidence);
        }
    }
}
