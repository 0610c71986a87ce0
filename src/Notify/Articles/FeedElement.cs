using System.Text;

namespace Notify.Articles;

/// <summary>An element inside an item: what it says of itself, and its text. Elements within it are gone, apart from the blanks between words.</summary>
/// <param name="Name">Without prefix.</param>
/// <param name="HasMarkup">Whether there were elements within, so that the text is no markup any more.</param>
/// <param name="Base">Where its relative addresses start (XML Base).</param>
internal sealed record FeedElement(string Space, string Name, IReadOnlyDictionary<string, string> Attributes, string Text, bool HasMarkup, Uri Base)
{
    // Enough for any article; only its first words are wanted.
    private const int LongestText = 200_000;

    public string? Attribute(string name) => Attributes.GetValueOrDefault(name)?.Trim();

    /// <summary>Reads the element whose start the walk is at, and leaves the walk at its end.</summary>
    /// <returns>Nothing when the document ends inside it, for what is missing might be the point.</returns>
    public static FeedElement? Take(FeedWalk walk)
    {
        var (space, name, attributes, inner) = (walk.Space, walk.Name, walk.Attributes, walk.Base);
        var (text, hasMarkup) = TakeText(walk);
        return walk.IsCut ? null : new FeedElement(space, name, attributes, text, hasMarkup, inner);
    }

    private static (string Text, bool HasMarkup) TakeText(FeedWalk walk)
    {
        var text = new StringBuilder();
        var hasMarkup = false;
        var depth = walk.Depth;
        var silentFrom = int.MaxValue;
        while (walk.Read() && (walk.Kind != MarkupKind.End || walk.Depth > depth))
        {
            if (walk.Kind == MarkupKind.Text)
            {
                if (walk.Depth <= silentFrom && text.Length < LongestText) text.Append(walk.Text());
                continue;
            }

            hasMarkup = true;
            if (walk.Kind == MarkupKind.Start && PlainText.IsSilent(walk.Name)) silentFrom = Math.Min(silentFrom, walk.Depth);
            else if (walk.Kind == MarkupKind.End && walk.Depth == silentFrom) silentFrom = int.MaxValue;
            if (PlainText.IsBlock(walk.Name)) text.Append(' ');
        }

        return (text.ToString(0, Math.Min(text.Length, LongestText)), hasMarkup);
    }
}
