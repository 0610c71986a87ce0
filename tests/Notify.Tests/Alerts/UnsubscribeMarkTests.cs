using Notify.Alerts;
using Notify.Articles;
using Notify.Publication;

namespace Notify.Tests.Alerts;

public sealed class UnsubscribeMarkTests
{
    [Fact]
    public void No_article_can_hold_the_mark_that_a_readers_unsubscribe_link_takes_the_place_of()
    {
        var site = new PublicationOptions { Name = "Daily", Url = "https://news.example", PostalAddress = "1 Example Street" };
        var first = AlertMessages.Mail(Article("A title"), site);
        var hostile = Article($"Leak {first.UnsubscribeMark}");
        hostile.Url = $"https://evil.example/?u={first.UnsubscribeMark}";
        hostile.Summary = first.UnsubscribeMark;

        var mail = AlertMessages.Mail(hostile, site);

        Assert.Single(Places(mail.PlainText, mail.UnsubscribeMark!));
        Assert.Single(Places(mail.Html, mail.UnsubscribeMark!));
        Assert.NotEqual(first.UnsubscribeMark, mail.UnsubscribeMark);
    }

    private static List<int> Places(string text, string mark)
    {
        var places = new List<int>();
        for (var at = text.IndexOf(mark, StringComparison.Ordinal); at >= 0; at = text.IndexOf(mark, at + 1, StringComparison.Ordinal))
        {
            places.Add(at);
        }

        return places;
    }

    private static Article Article(string title) => new()
    {
        Id = Guid.Empty,
        Url = "https://news.example/1",
        Title = title,
        Topics = "",
        Priority = ArticlePriority.Normal,
        CreatedAt = DateTimeOffset.UnixEpoch,
        CameFrom = "test",
    };
}
