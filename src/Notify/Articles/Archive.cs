using Notify.Storage;

namespace Notify.Articles;

/// <summary>An article as it came in, parsed.</summary>
/// <param name="Keys">Other names it is known by, such as a feed's guid; its canonical address is always one.</param>
internal sealed record ArticleDraft(
    Uri Url, string Title, string? Summary, IReadOnlyList<string> Topics, DateTimeOffset? PublishedAt, string? ImageUrl, ArticlePriority Priority, string CameFrom, IReadOnlyList<string> Keys);

/// <summary>Stores articles, each once: whoever brings one of its names brings the same article.</summary>
internal sealed class Archive
{
    /// <returns>The article's id, and whether it is new.</returns>
    public async Task<(Guid Id, bool IsNew)> AddAsync(Write write, ArticleDraft draft)
    {
        string[] keys = [.. draft.Keys.Append("url:" + ArticleUrl.Canonicalise(draft.Url)).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        foreach (var key in keys)
        {
            var known = await write.QueryAsync("SELECT article_id FROM article_keys WHERE key = @key", row => row.GetGuid(0), ("key", key));
            if (known is [var id])
            {
                await AliasAsync(write, id, keys);
                return (id, false);
            }
        }

        var now = await write.NowAsync();
        var article = new Article
        {
            Id = Guid.CreateVersion7(now),
            Url = draft.Url.AbsoluteUri,
            Title = draft.Title,
            Summary = draft.Summary,
            ImageUrl = draft.ImageUrl,
            Topics = string.Join(' ', draft.Topics),
            Priority = draft.Priority,
            PublishedAt = draft.PublishedAt,
            CreatedAt = now,
            CameFrom = draft.CameFrom,
        };
        write.Db.Articles.Add(article);
        await write.SaveAsync();
        if (await AliasAsync(write, article.Id, keys) < keys.Length)
        {
            // Another transaction brought it at the same moment and was first; seen again, it is known.
            throw new WriteConflictException("Two writers brought the same article at once.");
        }

        return (article.Id, true);
    }

    private static async Task<int> AliasAsync(Write write, Guid id, IEnumerable<string> keys)
    {
        var added = 0;
        foreach (var key in keys)
        {
            added += await write.ExecuteAsync("INSERT INTO article_keys (key, article_id) VALUES (@key, @id) ON CONFLICT (key) DO NOTHING", ("key", key), ("id", id));
        }

        return added;
    }
}
