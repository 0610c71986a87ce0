using Notify.Storage;

namespace Notify.Articles;

/// <summary>An article as it came in, parsed.</summary>
/// <param name="Keys">Other names it is known by, such as a feed's guid; its canonical address is always one.</param>
internal sealed record ArticleDraft(
    Uri Url, string Title, string? Summary, IReadOnlyList<string> Topics, DateTimeOffset? PublishedAt, string? ImageUrl, ArticlePriority Priority, string CameFrom, IReadOnlyList<string> Keys)
{
    /// <summary>Who wrote it; several with commas between them.</summary>
    public string? Author { get; init; }
}

/// <summary>Stores articles, each once: whoever brings one of its names brings the same article.</summary>
internal sealed class Archive
{
    /// <summary>More revisions than a person makes; a feed that changes its mind with every look must not fill the database. The first always stays.</summary>
    private const int MostRevisions = 100;

    /// <returns>The article's id, and whether it is new.</returns>
    public async Task<(Guid Id, bool IsNew)> AddAsync(Write write, ArticleDraft draft)
    {
        var found = await Aliases.FindAsync(write, draft);
        if (found.Id is { } known)
        {
            await Aliases.KeepAsync(write, known, draft);
            return (known, false);
        }

        var now = await write.NowAsync();
        var article = new Article
        {
            Id = Guid.CreateVersion7(now),
            Url = draft.Url.AbsoluteUri,
            Title = draft.Title,
            Summary = draft.Summary,
            ImageUrl = draft.ImageUrl,
            Author = draft.Author,
            Topics = string.Join(' ', draft.Topics),
            Priority = draft.Priority,
            PublishedAt = draft.PublishedAt,
            CreatedAt = now,
            CameFrom = draft.CameFrom,
        };
        write.Db.Articles.Add(article);
        await write.SaveAsync();
        await Aliases.GiveAsync(write, article.Id, draft, found.Taken);
        return (article.Id, true);
    }

    /// <summary>Changes an article's words and keeps what they were. Who it came from and when stay.</summary>
    /// <returns>The number of the revision that holds now, and whether it is a new one; null when there is no such article.</returns>
    public async Task<(int Revision, bool IsChanged)?> EditAsync(Write write, Guid id, ArticleDraft draft)
    {
        var found = await write.QueryAsync(
            "SELECT id, url, title, summary, image_url, author, topics, priority, created_at, came_from FROM articles WHERE id = @id" + (write.IsPostgres ? " FOR UPDATE" : ""), Read, ("id", id));
        if (found is not [var before])
        {
            return null;
        }

        var latest = (int)await write.ScalarAsync<long>("SELECT CAST(COALESCE(max(number), 0) AS bigint) FROM article_revisions WHERE article_id = @id", ("id", id));
        var (url, topics) = (draft.Url.AbsoluteUri, string.Join(' ', draft.Topics));
        if ((before.Url, before.Title, before.Summary, before.ImageUrl, before.Author, before.Topics, before.Priority) == (url, draft.Title, draft.Summary, draft.ImageUrl, draft.Author, topics, draft.Priority))
        {
            return (Math.Max(latest, 1), false);
        }

        if (latest == 0)
        {
            latest = 1;
            await KeepAsync(write, before, latest, before.CreatedAt, before.CameFrom);
        }

        await write.ExecuteAsync("""
            UPDATE articles SET url = @url, title = @title, summary = @summary, image_url = @image, author = @author, topics = @topics, priority = @priority WHERE id = @id
            """,
            ("url", url), ("title", draft.Title), ("summary", draft.Summary), ("image", draft.ImageUrl), ("author", draft.Author), ("topics", topics), ("priority", draft.Priority), ("id", id));
        await Aliases.KeepAsync(write, id, draft);
        await KeepAsync(write, new Words(id, url, draft.Title, draft.Summary, draft.ImageUrl, draft.Author, topics, draft.Priority, before.CreatedAt, before.CameFrom), latest + 1, await write.NowAsync(), draft.CameFrom);
        await write.ExecuteAsync("DELETE FROM article_revisions WHERE article_id = @id AND number > 1 AND number <= @old", ("id", id), ("old", latest + 1 - MostRevisions));
        return (latest + 1, true);
    }

    private static Task<int> KeepAsync(Write write, Words words, int number, DateTimeOffset at, string who) => write.ExecuteAsync("""
        INSERT INTO article_revisions (article_id, number, at, who, url, title, summary, image_url, author, topics, priority)
        VALUES (@id, @number, @at, @who, @url, @title, @summary, @image, @author, @topics, @priority)
        """,
        ("id", words.Id), ("number", number), ("at", at), ("who", who), ("url", words.Url), ("title", words.Title), ("summary", words.Summary), ("image", words.ImageUrl),
        ("author", words.Author), ("topics", words.Topics), ("priority", words.Priority));

    private static Words Read(System.Data.Common.DbDataReader row) => new(
        row.GetGuid(0), row.GetString(1), row.GetString(2), row.Text(3), row.Text(4), row.Text(5), row.GetString(6), (ArticlePriority)row.GetInt32(7), row.Instant(8), row.GetString(9));

    private sealed record Words(
        Guid Id, string Url, string Title, string? Summary, string? ImageUrl, string? Author, string Topics, ArticlePriority Priority, DateTimeOffset CreatedAt, string CameFrom);
}
