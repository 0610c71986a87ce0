using Notify.Articles;

namespace Notify.Tests.Articles;

internal static class FeedBounds
{
    /// <summary>What holds for every answer, and that what it gives can be used.</summary>
    public static void Check(Feed feed)
    {
        Assert.InRange(feed.Items.Count, 0, FeedReader.MostItems);
        Assert.InRange(feed.Problems.Count, 0, 51);
        Assert.All(feed.Problems, p => Assert.InRange(p.Length, 10, 400));
        foreach (var item in feed.Items)
        {
            Assert.InRange(item.Title.Length, 0, FeedReader.LongestSummary);
            Assert.InRange(item.Summary?.Length ?? 1, 1, FeedReader.LongestSummary);
            Assert.DoesNotContain(item.Title + item.Summary, char.IsControl);
            if (item.Link is null) continue;

            Assert.StartsWith("http", item.Link.AbsoluteUri, StringComparison.Ordinal);
            Assert.NotEmpty(ArticleUrl.Canonicalise(item.Link));
        }
    }
}
