using Microsoft.EntityFrameworkCore;
using Notify.Contacts;
using Notify.Jobs;
using Notify.Storage;
using Notify.Subscribers;
using Notify.Tests.Support;
using Notify.Web;

namespace Notify.Tests.Subscribers;

/// <summary>A mail went to many, and something presses the buttons in it.</summary>
public sealed class QuickLeavesTests(PostgresServer postgres)
{
    private static readonly Guid Alert = Guid.Parse("0192a000-0000-7000-8000-000000000001");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false, QuickLeaves.Few, 20, 0, true)]
    [InlineData(true, QuickLeaves.Few, 20, 0, true)]
    [InlineData(false, QuickLeaves.Few - 1, 20, 0, false)]
    [InlineData(true, QuickLeaves.Few, 5_000, 0, false)]
    [InlineData(false, QuickLeaves.Few, 20, 180, false)]
    [InlineData(true, QuickLeaves.Few, 20, 180, false)]
    public async Task A_burst_right_after_a_mail_is_told_and_everybody_stays_off_the_list(bool onPostgres, int leaving, int sent, int secondsAgo, bool isTold)
    {
        await using var notify = await PagesHost.StartAsync(onPostgres ? postgres : null);
        var contacts = await SentAsync(notify, leaving, sent, secondsAgo);

        foreach (var contact in contacts)
        {
            var path = "/u/" + notify.Get<LinkTokens>().Make(LinkPurpose.Unsubscribe, contact);
            await notify.PostAsync(path, null);
            // Some press twice; one reader left once.
            await notify.PostAsync(path, null);
        }

        await using var db = notify.Get<Database>().Read();
        Assert.Equal(secondsAgo > 120 ? 0 : leaving, await db.QuickLeaves.Where(q => q.SourceId == Alert).Select(q => q.Count).FirstOrDefaultAsync(Token));
        Assert.Equal(leaving, await db.Subscriptions.CountAsync(s => s.State == SubscriptionState.Ended, Token));
        Assert.Equal(isTold, (await AlarmsAsync(notify, isTold)).Any(alarm => alarm.Name.StartsWith("many left at once", StringComparison.Ordinal)));
    }

    /// <summary>The alarm is raised after the commit, beside the answer.</summary>
    private static async Task<IReadOnlyList<OpenAlarm>> AlarmsAsync(PagesHost notify, bool isAwaited)
    {
        var alarm = notify.Get<IAlarm>();
        while (isAwaited && !(await alarm.OpenAsync(Token)).Any())
        {
            await Task.Yield();
        }

        return await alarm.OpenAsync(Token);
    }

    private static Task<List<long>> SentAsync(PagesHost notify, int readers, int sent, int secondsAgo) => notify.Get<Database>().WriteAsync(async write =>
    {
        var now = await write.NowAsync();
        await write.ExecuteAsync("INSERT INTO sources (id, kind, priority, paused, cancelled, created_at, decided, accepted) VALUES (@id, 1, 2, @no, @no, @now, @sent, @sent)",
            ("id", Alert), ("no", false), ("now", now), ("sent", sent));
        var contacts = new List<long>();
        for (var n = 0; n < readers; n++)
        {
            var contact = await notify.Get<ContactBook>().FindOrAddAsync(write, new ContactPoint(Channel.Mail, $"reader{n}@example.com"));
            await write.ExecuteAsync("INSERT INTO subscriptions (contact_id, state, all_topics, breaking_at_night, locale, created_at, confirmed_at) VALUES (@contact, 2, @yes, @yes, 'en', @now, @now)",
                ("contact", contact), ("yes", true), ("now", now));
            await write.ExecuteAsync("""
                INSERT INTO deliveries (source_id, subject_id, contact_id, channel, sender, scope, status, due_at, expires_at, created_at, changed_at, history)
                VALUES (@alert, @alert, @contact, 2, 'mail', '', 3, @at, @at, @at, @at, '')
                """, ("alert", Alert), ("contact", contact), ("at", now.AddSeconds(-secondsAgo)));
            contacts.Add(contact);
        }

        return contacts;
    }, Token);
}
