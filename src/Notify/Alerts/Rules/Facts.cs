using System.Globalization;
using System.Text;
using Notify.Articles;

namespace Notify.Alerts.Rules;

/// <summary>What rules look at.</summary>
internal sealed class Facts
{
    private readonly string _words;
    private readonly string _author;

    private Facts(string title, string? summary, string? author, IReadOnlyList<string> topics, ArticlePriority priority, string cameFrom) =>
        (_words, _author, Topics, Priority, CameFrom) = (Folded.Of(title + "\n" + summary), Folded.Of(author ?? ""), topics, priority, cameFrom);

    public IReadOnlyList<string> Topics { get; }

    public ArticlePriority Priority { get; }

    public string CameFrom { get; }

    public static Facts Of(ArticleDraft draft) => new(draft.Title, draft.Summary, draft.Author, draft.Topics, draft.Priority, draft.CameFrom);

    public static Facts Of(Article article) => new(article.Title, article.Summary, article.Author, article.TopicKeys, article.Priority, article.CameFrom);

    /// <summary>Whether words or a phrase stand in title or summary, as whole words.</summary>
    public bool Says(string phrase) => _words.Contains(Folded.Of(phrase), StringComparison.Ordinal);

    public bool IsBy(string name) => _author.Contains(Folded.Of(name), StringComparison.Ordinal);
}

/// <summary>A text as words between blanks, a blank around all of it, without case, accents, points and marks: so a phrase that is found in it is found as whole words.</summary>
internal static class Folded
{
    public static string Of(string text)
    {
        var folded = new StringBuilder(text.Length + 2).Append(' ');
        foreach (var rune in text.Normalize(NormalizationForm.FormKD).EnumerateRunes())
        {
            if (Rune.IsLetterOrDigit(rune))
            {
                var small = Rune.ToLowerInvariant(rune);
                _ = small.Value == 'ß' ? folded.Append("ss") : folded.Append(small);
            }
            else if (folded[^1] != ' ' && Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.Format) && rune.Value is not ('\'' or '’'))
            {
                folded.Append(' ');
            }
        }

        return folded[^1] == ' ' ? folded.ToString() : folded.Append(' ').ToString();
    }
}
