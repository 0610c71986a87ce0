using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Notify.Storage;

namespace Notify.Articles;

/// <summary>
/// The names an article is known by. Its address is the strongest: it is where readers are sent. A feed's own name for it (guid) comes next, unless it is plainly another
/// article that was given the same one. Last comes what it says: the same story may lie in two feeds, and a feed that moves may change every name it has.
/// </summary>
internal static class Aliases
{
    /// <summary>For how long the same words are the same story.</summary>
    private static readonly TimeSpan SameStory = TimeSpan.FromDays(7);

    /// <summary>How far apart two feeds may date the same story. Tomorrow's briefing may have today's words.</summary>
    private static readonly TimeSpan SameHours = TimeSpan.FromHours(12);

    /// <summary>How far apart the dates of one item may be that was found again under another address: none at all, but some feeds leave the seconds out.</summary>
    private static readonly TimeSpan SameDate = TimeSpan.FromMinutes(1);

    /// <summary>More than anything has; a feed that invents a name with every look must not fill the database.</summary>
    private const int MostNames = 40;

    /// <returns>The article that one of the names belongs to; null: it is new.</returns>
    public static async Task<Guid?> FindAsync(Write write, ArticleDraft draft)
    {
        if (await OwnerAsync(write, LinkOf(draft)) is { } byAddress)
        {
            return byAddress.Id;
        }

        foreach (var key in draft.Keys.Distinct(StringComparer.Ordinal))
        {
            if (await OwnerAsync(write, key) is { } named && IsTheSame(named, draft))
            {
                return named.Id;
            }
        }

        return WordsOf(draft) is { } words && await OwnerAsync(write, words) is { } told && await IsTheSameStoryAsync(write, told, draft) ? told.Id : null;
    }

    /// <summary>Writes down every name that belongs to nobody yet.</summary>
    /// <param name="isNew">Whether the article is new: then what it says is its own from now on.</param>
    /// <exception cref="WriteConflictException">Another transaction brought the article at the same moment and was first; seen again, it is known.</exception>
    public static async Task KeepAsync(Write write, Guid article, ArticleDraft draft, bool isNew)
    {
        if (!isNew && await write.ScalarAsync<long>("SELECT count(*) FROM article_keys WHERE article_id = @id", ("id", article)) >= MostNames)
        {
            return;
        }

        foreach (var key in draft.Keys.Append(LinkOf(draft)).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal))
        {
            // A name that two articles were given stays with the first; the address is nobody's yet, or it would have been found.
            if (await OwnerAsync(write, key) is null && await AddAsync(write, key, article) == 0)
            {
                throw new WriteConflictException("Two writers brought the same article at once.");
            }
        }

        if (WordsOf(draft) is not { } words)
        {
            return;
        }

        if (await OwnerAsync(write, words) is { } before)
        {
            // What was said before is another story by now.
            _ = isNew && await write.ExecuteAsync("UPDATE article_keys SET article_id = @id WHERE key = @key AND article_id = @before", ("id", article), ("key", words), ("before", before.Id)) > 0;
        }
        else if (await AddAsync(write, words, article) == 0)
        {
            throw new WriteConflictException("Two writers brought the same story at once.");
        }
    }

    /// <summary>
    /// A feed's name for an article that is found under an address nobody knew: the same article when its title is the same, or when it bears the same date. A program
    /// that gives one name to many articles gives them neither.
    /// </summary>
    private static bool IsTheSame(Known known, ArticleDraft draft) =>
        Plain(known.Title) == Plain(draft.Title) || (known.PublishedAt is { } then && draft.PublishedAt is { } now && (then - now).Duration() <= SameDate);

    private static async Task<bool> IsTheSameStoryAsync(Write write, Known known, ArticleDraft draft)
    {
        var now = await write.NowAsync();
        return now - known.CreatedAt <= SameStory && ((known.PublishedAt ?? known.CreatedAt) - (draft.PublishedAt ?? now)).Duration() <= SameHours;
    }

    private static string LinkOf(ArticleDraft draft) => "url:" + ArticleUrl.Canonicalise(draft.Url);

    /// <summary>What it says, title and summary together; a title alone is no story: there is a morning briefing every morning.</summary>
    private static string? WordsOf(ArticleDraft draft) => draft.Summary is { Length: > 0 } summary && Plain(summary) is { Length: > 0 } body
        ? "words:" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Plain(draft.Title) + "\n" + body)))
        : null;

    /// <summary>Without what two renderings of the same words differ in: case, marks, blanks.</summary>
    private static string Plain(string text)
    {
        var plain = new StringBuilder(text.Length);
        foreach (var rune in text.Normalize(NormalizationForm.FormKC).EnumerateRunes())
        {
            if (Rune.IsLetterOrDigit(rune) || Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark)
            {
                plain.Append(Rune.ToLowerInvariant(rune));
            }
            else if (plain.Length > 0 && plain[^1] != ' ')
            {
                plain.Append(' ');
            }
        }

        return plain.ToString().TrimEnd();
    }

    private static Task<int> AddAsync(Write write, string key, Guid article) =>
        write.ExecuteAsync("INSERT INTO article_keys (key, article_id) VALUES (@key, @id) ON CONFLICT (key) DO NOTHING", ("key", key), ("id", article));

    private static async Task<Known?> OwnerAsync(Write write, string key)
    {
        var found = await write.QueryAsync("SELECT a.id, a.title, a.published_at, a.created_at FROM article_keys k JOIN articles a ON a.id = k.article_id WHERE k.key = @key",
            row => new Known(row.GetGuid(0), row.GetString(1), row.IsDBNull(2) ? null : row.Instant(2), row.Instant(3)), ("key", key));
        return found is [var known] ? known : null;
    }

    private sealed record Known(Guid Id, string Title, DateTimeOffset? PublishedAt, DateTimeOffset CreatedAt);
}
