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

            return push.Post is { } post ? await PublicAsync(write, source, options, push, post) : await PrivateAsync(write, source, push);
        }, cancellationToken);

    private async Task<string> PublicAsync(Write write, string source, ArticleWebhookOptions options, ArticlePush push, PushedPost post)
    {
        var title = ArticleText.Title(post.Title);
        if (title.Length == 0)
        {
            return "nothing: it has no title";
        }

        var topics = FeedIntake.Topics(site.CurrentValue, options.Topics, post.Categories);
        var draft = new ArticleDraft(post.Url, title, ArticleText.Summary(post.Summary), topics, post.PublishedAt, post.Image?.AbsoluteUri, ArticlePriority.Normal, source, [NameOf(source, push), .. push.Keys]);
        var isOwn = (await Aliases.FindAsync(write, draft)).Id is not { } known || await IsOfThisSiteAsync(write, known, source, post.Url);
        if (!isOwn)
        {
            // An agency's report lies word for word on two sites: told once, and what becomes of it here says nothing about it there.
            draft = draft with { Keys = push.Keys };
        }

        var isNews = !(post.PublishedAt < await write.NowAsync() - (post.IsJustPublished ? News : Overtaken));
        var (id, isNew) = isNews ? await PublishAsync(write, draft) : await archive.AddAsync(write, draft);
        if (!isNew && isOwn != await IsOfThisSiteAsync(write, id, source, post.Url))
        {
            throw new WriteConflictException("Another site brought the same words at the same moment.");
        }

        if (isNew)
        {
            return isNews ? "it is published" : "it is not new, so it is kept and nobody is told";
        }

        if (!isOwn)
        {
            return "nothing: the same words are known from another site";
        }

        await newsdesk.EditAsync(write, id, draft);
        return "it was known and stands as it is there";
    }

    private async Task<(Guid Id, bool IsNew)> PublishAsync(Write write, ArticleDraft draft)
    {
        var (id, _, isNew) = await newsdesk.PublishAsync(write, draft, hold: false);
        return (id, isNew);
    }

    private async Task<string> PrivateAsync(Write write, string source, ArticlePush push)
    {
        foreach (var key in (string[])[NameOf(source, push), .. push.Keys])
        {
            if (await write.QueryAsync("SELECT article_id FROM article_keys WHERE key = @key", row => row.GetGuid(0), ("key", key)) is [var id]
                && (key == NameOf(source, push) || await IsOfThisSiteAsync(write, id, source, AddressIn(key)) || await IsOfThisSiteAsync(write, id, source, push.Address)))
            {
                await newsdesk.UnpublishAsync(write, id);
                return "it is taken down";
            }
        }

        return "nothing: it was never published here";
    }

    private static string NameOf(string source, ArticlePush push) => $"push:{source}|{push.Item}";

    /// <summary>A name of an article mostly is an address: canonical, so without a scheme, or a guid.</summary>
    private static Uri? AddressIn(string key) =>
        key[(key.IndexOf(':', StringComparison.Ordinal) + 1)..] is var name && Uri.TryCreate(name.Contains("://", StringComparison.Ordinal) ? name : "https://" + name, UriKind.Absolute, out var address) ? address : null;

    /// <summary>Whether a known article is the one this system speaks of: it brought it, or the feed of the same site did. Its words alone do not make it that.</summary>
    private static async Task<bool> IsOfThisSiteAsync(Write write, Guid article, string source, Uri? url) =>
        await write.QueryAsync("SELECT came_from, url FROM articles WHERE id = @id", row => (CameFrom: row.GetString(0), Url: row.GetString(1)), ("id", article)) is [var known]
        && (known.CameFrom == source || (url is not null && ArticleUrl.IsSameSite(new Uri(known.Url), url)));
}
