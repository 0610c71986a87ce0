using System.Globalization;
using System.Text;

namespace Notify.Inbound;

/// <summary>
/// What a phone writes when its owner reacts to a text, such as <c>Liked “…”</c>: it holds the text reacted to, with our own "Reply STOP" in it.
/// Phones of one maker send each other no such words, so what they are in each language is only known by seeing them (section "reaction").
/// </summary>
internal static class Reactions
{
    private const string Opening = "“\"«„";
    private static readonly string[] Closing = ["”", "\"", "»", "“”"];

    /// <summary>Behind a sign as short a word as "to", in any language.</summary>
    private const int ShortWord = 3;

    /// <returns>What its owner wrote themselves beside it, mostly nothing; null when the text is no reaction.</returns>
    public static string? OwnWords(string text)
    {
        var from = text.AsSpan().IndexOfAny(Opening);
        if (from <= 0 || !IsReaction(text[..from]))
        {
            return null;
        }

        // At the first mark that may be the end: what else a headline quotes is then read as the owner's words, so that none of those are missed. A long
        // text is cut off before its quotation ends.
        var to = text.AsSpan(from + 1).IndexOfAny(Closing[Opening.IndexOf(text[from], StringComparison.Ordinal)]);
        return to < 0 ? "" : text[(from + to + 2)..];
    }

    private static bool IsReaction(string before)
    {
        // What stands in a sentence before it is its owner's.
        if (before.Any(Keywords.SentenceEnds.Contains))
        {
            return false;
        }

        List<string> words = Folding.Words(before);
        return Lexicon.BuiltIn["reaction"].Whole(words) is not null
            || (words is [{ Length: <= ShortWord }] && Folding.Visible(before) is [var sign, ..] && Rune.GetUnicodeCategory(sign) == UnicodeCategory.OtherSymbol && Lexicon.BuiltIn["stop"].Whole(words) is null);
    }
}
