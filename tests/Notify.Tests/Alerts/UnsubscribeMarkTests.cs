using Notify.Alerts;
using Notify.Contacts;
using Notify.Deliveries;
using Notify.Storage;
using Notify.Tests.Support;

namespace Notify.Tests.Alerts;

public sealed class UnsubscribeMarkTests(PostgresServer postgres)
{
    [Fact]
    public async Task No_article_can_hold_the_mark_that_a_readers_unsubscribe_link_takes_the_place_of()
    {
        await using var bench = await Workbench.OpenAsync(DatabaseProvider.Sqlite, postgres);
        var alert = await bench.PublishAsync("A title");
        var first = await MailAsync(bench, alert);
        await bench.ExecuteAsync("UPDATE articles SET title = @title, summary = @mark, url = @url",
            ("title", $"Leak {first.UnsubscribeMark}"), ("mark", first.UnsubscribeMark), ("url", $"https://evil.example/?u={first.UnsubscribeMark}"));

        var mail = await MailAsync(bench, alert);

        Assert.NotEqual(first.UnsubscribeMark, mail.UnsubscribeMark);
        // At the top and twice at the end of the HTML, where the second leads to what a reader can choose; twice in the text: as many as in any other mail.
        Assert.Equal((3, 2), (Count(mail.Html, mail.UnsubscribeMark!), Count(mail.PlainText, mail.UnsubscribeMark!)));
        Assert.Equal((3, 2), (Count(first.Html, first.UnsubscribeMark!), Count(first.PlainText, first.UnsubscribeMark!)));
    }

    private static async Task<CompiledMessage.Mail> MailAsync(Workbench bench, Guid alert) =>
        (CompiledMessage.Mail)(await bench.Get<IEnumerable<IMessageSource>>().OfType<AlertMessages>().Single().CompileAsync(new Wanted(alert, Channel.Mail), TestContext.Current.CancellationToken))!;

    private static int Count(string text, string mark) => text.Split(mark).Length - 1;
}
