using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;
using Notify.Jobs;
using Notify.Storage;
using Notify.Tests.Support;

namespace Notify.Tests.Stories;

/// <summary>What needs a person reaches one, by mail and in the console, once.</summary>
public sealed class AlarmStories(PostgresServer postgres)
{
    private const string Desk = "desk@yid-info.example";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory, ClassData<Databases>]
    public async Task A_refused_account_is_one_mail_however_many_readers_wait(DatabaseProvider database)
    {
        await using var room = await Newsroom.OpenAsync(database, postgres, ("Operators:AlarmTo", Desk));
        await room.AddReadersAsync(byText: 50, byMail: 0);
        await room.FaultAsync(new { on = "create", status = 400, code = 21606, times = 100 });

        var alert = await room.PublishAsync("Nobody gets this yet");
        await room.EventuallyAsync(async () => (await room.MailsAsync(Desk)).Count > 0, "the desk is told", hurry: true);
        for (var look = 0; look < 5; look++)
        {
            await room.ReconcileAsync();
        }

        var mail = Assert.Single(await room.MailsAsync(Desk));
        Assert.StartsWith($"Alarm at {Newsroom.Name}: sender ", mail.Subject, StringComparison.Ordinal);
        Assert.Contains("needs a person", mail.Text, StringComparison.Ordinal);
        Assert.Contains($"{room.Url}ops", mail.Text, StringComparison.Ordinal);
        Assert.DoesNotMatch(new Regex(@"\+1\d{10}", RegexOptions.None, TimeSpan.FromSeconds(1)), mail.Raw);
        Assert.DoesNotContain(mail.Headers.Keys, key => key.StartsWith("List-", StringComparison.OrdinalIgnoreCase));
        Assert.Equal(50, (await room.AlertAsync(alert)).Counts.Decided);
        Assert.Empty(await room.TextCountsAsync());
    }

    [Theory, ClassData<Databases>]
    public async Task What_an_alarm_says_is_text_in_the_mail_and_not_markup(DatabaseProvider database)
    {
        await using var room = await Newsroom.OpenAsync(database, postgres, ("Operators:AlarmTo", Desk));

        await room.Services.GetRequiredService<IAlarm>().RaiseAsync("feed <b>", "It says </p><script>alert(1)</script>.\r\nBcc: all@example.com", Token);
        await room.EventuallyAsync(async () => (await room.MailsAsync(Desk)).Count > 0, "the desk is told", hurry: true);

        var mail = (await room.MailsAsync(Desk))[0];
        Assert.Contains("&lt;script&gt;", mail.Html, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", mail.Html, StringComparison.Ordinal);
        Assert.DoesNotContain("<b>", mail.Html, StringComparison.Ordinal);
        Assert.False(mail.Headers.ContainsKey("Bcc"));
    }
}
