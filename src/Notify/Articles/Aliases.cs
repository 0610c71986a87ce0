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

    /// <param name="Id">The article that one of the names belongs to; null: it is new.</param>
    /// <param name="Taken">What belongs to another article already, and to which.</param>
    internal sealed record Found(Guid? Id, IReadOnlyDictionary<string, Guid> Taken);

    public static async Task<Found> FindAsync(Write write, ArticleDraft draft)
    {
        var taken = new Dictionary<string, Guid>(StringComparer.Ordinal);
        if (await OwnerAsync(write, LinkOf(draft)) is { } byAddress)
        {
            return new Found(byAddress.Id, taken);
        }

        foreach (var key in draft.Keys.Distinct(StringComparer.Ordinal))
        {
            if (await OwnerAsync(write, key) is not { } named)
            {
                continue;
            }

            if (IsTheSame(named, draft))
            {
                return new Found(named.Id, taken);
            }

            taken[key] = named.Id;
        }

        if (WordsOf(draft) is { } words && await OwnerAsync(write, words) is { } told)
        {
            if (await IsTheSameStoryAsync(write, told, draft))
            {
                return new Found(told.Id, taken);
            }

            taken[words] = told.Id;
        }

        return new Found(null, taken);
    }

    /// <summary>Gives a new article its names. One that another has stays with it, but for the words: what was said before is another story by now.</summary>
    /// <exception cref="WriteConflictException">Another transaction brought the article at the same moment and was first; seen again, it is known.</exception>
    public static async Task GiveAsync(Write write, Guid article, ArticleDraft draft, IReadOnlyDictionary<string, Guid> taken)
    {
        var words = WordsOf(draft);
        foreach (var key in Names(draft).Append(words).OfType<string>().Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal))
        {
            var isGiven = !taken.TryGetValue(key, out var other) ? await AddAsync(write, key, article)
                : key != words ? 1
                : await write.ExecuteAsync("UPDATE article_keys SET article_id = @id WHERE key = @key AND article_id = @other", ("id", article), ("key", key), ("other", other));
            if (isGiven == 0)
            {
                throw new WriteConflictException("Two writers brought the same article at once.");
            }
        }
    }

    /// <summary>Writes down what else a known article is called, where that is nobody's yet.</summary>
    public static async Task KeepAsync(Write write, Guid article, ArticleDraft draft)
    {
        if (await write.ScalarAsync<long>("SELECT count(*) FROM article_keys WHERE article_id = @id", ("id", article)) >= MostNames)
        {
            return;
        }

        foreach (var key in Names(draft).Append(WordsOf(draft)).OfType<string>().Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal))
        {
            await AddAsync(write, key, article);
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

    private static IEnumerable<string?> Names(ArticleDraft draft) => draft.Keys.Append(LinkOf(draft));

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
