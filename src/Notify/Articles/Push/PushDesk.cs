using Microsoft.Extensions.Options;
using Notify.Publication;
using Notify.Storage;

namespace Notify.Articles.Push;

/// <summary>
/// Does what a content system says. Calls come twice and in any order: each says when it was made, and of one article only a later word than the last changes anything.
/// So a late "published" does not bring back what was taken down, and one that is played again does nothing.
/// </summary>
internal sealed class PushDesk(Database database, Archive archive, INewsdesk newsdesk, IOptionsMonitor<PublicationOptions> site)
{
    /// <summary>What was published longer ago is kept and told to nobody: an old article that was edited, or a whole archive that was moved.</summary>
    private static readonly TimeSpan News = TimeSpan.FromDays(1);

    /// <summary>An article that is changed and not known here was published before this installation was told of any, unless its "published" was overtaken just now.</summary>
    private static readonly TimeSpan Overtaken = TimeSpan.FromHours(1);

    /// <returns>What was done, in words.</returns>
    public Task<string> TakeAsync(string source, ArticleWebhookOptions options, ArticlePush push, DateTimeOffset at, CancellationToken cancellationToken) =>
        database.WriteAsync(async write =>
        {
            var isLatest = await write.ExecuteAsync("""
                INSERT INTO article_pushes (source, item, at) VALUES (@source, @item, @at)
                ON CONFLICT (source, item) DO UPDATE SET at = excluded.at WHERE article_pushes.at < excluded.at
                """, ("source", source), ("item", push.Item), ("at", at)) == 1;
            if (!isLatest)
            {
                return "nothing: a later word of it is known";
            }

            string[] keys = [$"push:{source}|{push.Item}", .. push.Keys];
            return push.Post is { } post ? await PublicAsync(write, source, options, post, keys) : await PrivateAsync(write, keys);
        }, cancellationToken);

    private async Task<string> PublicAsync(Write write, string source, ArticleWebhookOptions options, PushedPost post, string[] keys)
    {
        var title = ArticleText.Title(post.Title);
        if (title.Length == 0)
        {
            return "nothing: it has no title";
        }

        var topics = FeedIntake.Topics(site.CurrentValue, options.Topics, post.Categories);
        var draft = new ArticleDraft(post.Url, title, ArticleText.Summary(post.Summary), topics, post.PublishedAt, post.Image?.AbsoluteUri, ArticlePriority.Normal, source, keys);
        var isNews = !(post.PublishedAt < await write.NowAsync() - (post.IsJustPublished ? News : Overtaken));
        var (id, isNew) = isNews ? await PublishAsync(write, draft) : await archive.AddAsync(write, draft);
        if (isNew)
        {
            return isNews ? "it is published" : "it is not new, so it is kept and nobody is told";
        }

        await newsdesk.EditAsync(write, id, draft);
        return "it was known and stands as it is there";
    }

    private async Task<(Guid Id, bool IsNew)> PublishAsync(Write write, ArticleDraft draft)
    {
        var (id, _, isNew) = await newsdesk.PublishAsync(write, draft, hold: false);
        return (id, isNew);
    }

    private async Task<string> PrivateAsync(Write write, string[] keys)
    {
        foreach (var key in keys)
        {
            if (await write.QueryAsync("SELECT article_id FROM article_keys WHERE key = @key", row => row.GetGuid(0), ("key", key)) is [var id])
            {
                await newsdesk.UnpublishAsync(write, id);
                return "it is taken down";
            }
        }

        return "nothing: it was never published here";
    }
}
