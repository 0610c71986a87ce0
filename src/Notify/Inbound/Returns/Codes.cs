using System.Collections.Frozen;

namespace Notify.Inbound.Returns;

/// <summary>At which command of ours another server refused.</summary>
internal enum SmtpCommand
{
    Unknown,
    Connect,
    Helo,
    Mail,
    Rcpt,
    Data,
}

/// <summary>The codes in what a server said: enhanced status codes (RFC 3463) and reply codes (RFC 5321, 4.2).</summary>
internal static class Codes
{
    // RFC 5321, 4.2.3; RFC 4954, 6; RFC 7504; RFC 2645; and those that servers are seen to use beside them. Any other number may be anything.
    private static readonly FrozenSet<string> Replies = FrozenSet.ToFrozenSet(
    [
        "211", "214", "220", "221", "235", "250", "251", "252", "354",
        "421", "422", "430", "431", "432", "441", "442", "446", "447", "449", "450", "451", "452", "453", "454", "455", "456", "458", "459", "471",
        "500", "501", "502", "503", "504", "510", "511", "512", "513", "517", "521", "522", "523", "524", "525", "530", "531", "532", "533", "534", "535", "538", "540", "541",
        "550", "551", "552", "553", "554", "555", "556", "557", "558",
    ]);

    /// <summary>A status at the start of a field: "5.0.0 (permanent failure)".</summary>
    public static string? StatusField(string? field) => field is null ? null : Statuses(field).Select(found => found.Status).FirstOrDefault();

    public static bool HasStatus(string text) => Statuses(text).Any(found => found.Status[0] != '2');

    /// <summary>The most telling status of the two, of the report and of what it quotes; the quoted one where both tell as much.</summary>
    public static string? Status(string? reported, string said)
    {
        var quoted = Statuses(said).Select(found => found.Status).Where(status => status[0] != '2').MaxBy(Tells);
        return reported is null || (quoted is not null && Tells(quoted) >= Tells(reported)) ? quoted : reported;
    }

    /// <summary>The reply code beside a status, or the first that does not contradict it: a report that calls a 5 temporary quotes no reply to this delivery.</summary>
    public static string? Reply(string said, string? status)
    {
        string? first = null;
        string? last = null;
        var statusAt = status is null ? -1 : said.IndexOf(status, StringComparison.Ordinal);
        foreach (var (at, reply) in RepliesIn(said))
        {
            if (status is not null && reply[0] != status[0])
            {
                continue;
            }

            first ??= reply;
            last = at < statusAt ? reply : last;
        }

        return last ?? first;
    }

    /// <summary>How much a status says: nothing (x.0.0), the kind of trouble (x.y.0), that an older trouble never ended (x.4.7), or which.</summary>
    private static int Tells(string status) => status[2..] switch
    {
        "0.0" => 0,
        "4.7" => 1,
        [_, '.', '0'] => 1,
        _ => 2,
    };

    private static IEnumerable<(int At, string Status)> Statuses(string text)
    {
        for (var i = 0; i + 4 < text.Length; i++)
        {
            if (text[i] is not ('2' or '4' or '5') || text[i + 1] != '.' || text[i + 2] is < '0' or > '7' || text[i + 3] != '.' || (i > 0 && (char.IsLetterOrDigit(text[i - 1]) || text[i - 1] == '.')))
            {
                continue;
            }

            var end = i + 4;
            while (end < text.Length && end < i + 7 && char.IsAsciiDigit(text[end]))
            {
                end++;
            }

            // "5.1.1.2" is an address of a machine, "5.1.1." the end of a sentence.
            var isWhole = end > i + 4 && (end == text.Length || (!char.IsLetterOrDigit(text[end]) && (text[end] != '.' || end + 1 == text.Length || !char.IsLetterOrDigit(text[end + 1]))));
            if (isWhole)
            {
                yield return (i, text[i..end]);
            }
        }
    }

    private static IEnumerable<(int At, string Reply)> RepliesIn(string text)
    {
        for (var i = 0; i + 3 <= text.Length; i++)
        {
            if (text[i] is not ('2' or '3' or '4' or '5') || (i > 0 && (char.IsLetterOrDigit(text[i - 1]) || text[i - 1] is '.' or '-' or '/' or '=' or '_' or '#' or ',' || IsInAddress(text, i))))
            {
                continue;
            }

            if ((i + 3 == text.Length || text[i + 3] is ' ' or '-' or ':' or ',' or ';' or '\n' or '\r' or '\t' or '\'' or '"' or '.' or ')' or '>') && Replies.Contains(text.Substring(i, 3)))
            {
                yield return (i, text.Substring(i, 3));
            }
        }
    }

    // "2606:2800:550:6d::1"
    private static bool IsInAddress(string text, int at) => text[at - 1] == ':' && (at < 2 || char.IsAsciiHexDigit(text[at - 2])) && at + 3 < text.Length && text[at + 3] == ':';
}
