using System.Collections.Frozen;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Notify.Messages;

/// <summary>
/// Writes the Latin letters that GSM-7 lacks as the letter below their accent (á as a, ç as c, ł as l; it has à, é, ñ and ü), which more than doubles
/// what a segment holds. Only where that brings the whole text into GSM-7: beside one other character it would cost the accents and save nothing.
/// A folded text never takes more segments, and folding it again changes nothing.
/// </summary>
public static partial class AccentFolding
{
    private const char FirstMark = '\u0300';
    private const char LastMark = '\u036F';

    /// <summary>Of Latin Extended-B; accented ones go on from U+1E00.</summary>
    private const char LastLetter = '\u024F';

    /// <summary>Letters that Unicode does not take apart into a letter and its mark. At most two for one: two septets are less than a unit of UCS-2.</summary>
    private static readonly FrozenDictionary<char, string> Whole = new (char Letter, string Base)[]
    {
        ('Đ', "D"), ('đ', "d"), ('Ħ', "H"), ('ħ', "h"), ('ı', "i"), ('Ł', "L"), ('ł', "l"), ('Ŧ', "T"), ('ŧ', "t"), ('Œ', "OE"), ('œ', "oe"), ('ª', "a"), ('º', "o"),
    }.ToFrozenDictionary(pair => pair.Letter, pair => pair.Base);

    /// <summary>The text within GSM-7; as it is where that cannot be.</summary>
    public static string Fold(string text)
    {
        if (Segments.IsGsm(text))
        {
            return text;
        }

        var folded = new StringBuilder(text.Length);
        for (var at = 0; at < text.Length;)
        {
            var blank = text.AsSpan(at).IndexOfAny(' ', '\n');
            var word = text.AsSpan(at, blank < 0 ? text.Length - at : blank + 1);
            if (!TryFold(word, folded))
            {
                return text;
            }

            at += word.Length;
        }

        return folded.ToString();
    }

    /// <summary>What keeps a text out of GSM-7 even when its accents are folded, each once.</summary>
    public static IReadOnlyList<string> Beyond(string text) => [.. Segments.BeyondGsm(text).Where(element => !Segments.IsGsm(Fold(element)))];

    private static bool TryFold(ReadOnlySpan<char> word, StringBuilder folded)
    {
        if (Segments.IsGsm(word))
        {
            folded.Append(word);
            return true;
        }

        // Without its accents an address leads elsewhere.
        if (Address.IsMatch(word))
        {
            return false;
        }

        while (!word.IsEmpty)
        {
            var length = StringInfo.GetNextTextElementLength(word);
            if (Plain(word[..length]) is not { } plain)
            {
                return false;
            }

            folded.Append(plain);
            word = word[length..];
        }

        return true;
    }

    /// <summary>A letter with as many of its marks as GSM-7 has; null where it has not even the letter.</summary>
    private static string? Plain(ReadOnlySpan<char> element)
    {
        if (Segments.IsGsm(element))
        {
            return element.ToString();
        }

        if (element[0] > LastLetter && element is not [>= '\u1E00' and <= '\u1EFF', ..])
        {
            return null;
        }

        var parts = element.ToString().Normalize(NormalizationForm.FormD);
        if (!char.IsLetter(parts[0]) || parts[0] > LastLetter || parts.AsSpan(1).ContainsAnyExceptInRange(FirstMark, LastMark))
        {
            return null;
        }

        for (var length = parts.Length; length > 0; length--)
        {
            if (parts[..length].Normalize() is var some && Segments.IsGsm(some))
            {
                return some;
            }
        }

        return Whole.GetValueOrDefault(parts[0]);
    }

    [GeneratedRegex(@"@|://|\p{L}\.\p{L}", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Address { get; }
}
