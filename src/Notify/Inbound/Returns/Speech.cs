using System.Buffers;
using System.Net;
using System.Text;

namespace Notify.Inbound.Returns;

/// <summary>
/// What a server or a program says, as words that can be compared with phrases: folded as readers' texts are, but clauses run on, and addresses,
/// names and numbers of machines are named for what they are. The codes that stand before each line of a reply are left out: once the lines are
/// joined they stand in the middle of a sentence.
/// </summary>
internal sealed class Speech
{
    /// <summary>A reply says why within its first lines.</summary>
    private const int Longest = 4096;

    private const string SomeAddress = " someaddress ";
    private const string SomeHost = " somehost ";
    private const string SomeIp = " someip ";

    // "[RCPT_TO]", as Yahoo marks what was refused.
    private const string SomeCommand = " atcommand ";
    private static readonly SearchValues<char> Commanded = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZ_");

    private List<string>? _words;
    private HashSet<string>? _set;

    public Speech(string text) => Text = text;

    /// <summary>As it was said.</summary>
    public string Text { get; }

    public bool Has(Phrase phrase)
    {
        _words ??= WordsOf(Text);
        _set ??= _words.ToHashSet(StringComparer.Ordinal);
        return phrase.MayBeIn(_set) && phrase.IsIn(_words);
    }

    private static List<string> WordsOf(string text)
    {
        var plain = new StringBuilder();
        foreach (var word in (text.Length > Longest ? text[..Longest] : text).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))
        {
            plain.Append(' ').Append(Named(word));
        }

        return [.. Folding.Words(plain.ToString()).Where(word => word != Folding.Boundary)];
    }

    private static string Named(string word)
    {
        if (word.Contains("://", StringComparison.Ordinal))
        {
            // Where to read more, but not the place on that page: nobody speaks in those.
            return word.Split('#', 2)[0];
        }

        if (word.Contains('@', StringComparison.Ordinal) && Prose.FirstAddress(word) is { } address)
        {
            return word.Replace(address, SomeAddress, StringComparison.Ordinal);
        }

        if (word is ['[', .., ']'] && !word.AsSpan(1, word.Length - 2).ContainsAnyExcept(Commanded))
        {
            return SomeCommand + word.ToLowerInvariant();
        }

        var bare = word.AsSpan().Trim("()[]<>{}\"':;,.#");
        if (IsReplyMark(bare))
        {
            return "";
        }

        if (bare is [>= '2' and <= '5', >= '0' and <= '9', >= '0' and <= '9', '-', ..])
        {
            return Named(bare[4..].ToString());
        }

        return !bare.Contains('.') ? word : IsIp(bare) ? SomeIp : IsHost(bare) ? word + SomeHost : word;
    }

    // "550-5.7.1", "550-", "550" and "5.7.1" (RFC 5321, 4.2.1; RFC 2034, 4).
    private static bool IsReplyMark(ReadOnlySpan<char> word)
    {
        if (word is [>= '2' and <= '5', >= '0' and <= '9', >= '0' and <= '9', ..])
        {
            word = word[3..];
            if (word is [] or "-")
            {
                return true;
            }

            word = word is ['-', ..] ? word[1..] : word;
        }

        return word is ['2' or '4' or '5', '.', >= '0' and <= '7', '.', ..] && !word[4..].ContainsAnyExceptInRange('0', '9');
    }

    private static bool IsIp(ReadOnlySpan<char> word) => word.Count('.') == 3 && IPAddress.TryParse(word, out _);

    // Labels, the last of letters alone: a version has digits there.
    private static bool IsHost(ReadOnlySpan<char> word)
    {
        var top = word[(word.LastIndexOf('.') + 1)..];
        foreach (var sign in top)
        {
            if (!char.IsAsciiLetter(sign))
            {
                return false;
            }
        }

        return top.Length is >= 2 and <= 10 && word.LastIndexOf('.') > 0;
    }
}
