using System.Text;
using System.Text.RegularExpressions;

namespace Notify.Inbound.Returns;

/// <summary>
/// A report in prose, by recipient. Programs word it in a hundred ways, but they put the address of a recipient at the start of a line, perhaps
/// behind a label or a bullet, and what they have to say of it beside and below. What belongs to no recipient is said of all.
/// </summary>
internal sealed partial class Prose
{
    /// <summary>More recipients than this in one mail are somebody's list.</summary>
    public const int MostRecipients = 100;

    /// <summary>More than this said of one recipient is something else.</summary>
    private const int MostOfOne = 8 * 1024;

    private readonly List<(string Address, StringBuilder Text)> _blocks = [];

    public Prose(IReadOnlyList<string> lines)
    {
        StringBuilder? block = null;
        var shared = new StringBuilder();
        // In a transcript of Sendmail's the dialogue stands before the recipients that it was about.
        var dialogue = new StringBuilder();
        foreach (var line in lines)
        {
            if (Refused().Match(line) is { Success: true } refused && BlockOf(refused.Groups["address"].Value) is { Length: < MostOfOne } one)
            {
                one.Append(dialogue).Append(line).Append('\n');
                dialogue.Clear();
                block = null;
            }
            else if (AddressOf(line) is { } address && BlockOf(address) is { Length: < MostOfOne } another)
            {
                block = another.Append(line).Append('\n');
                dialogue.Clear();
            }
            else if (block is { Length: < MostOfOne } && !EndsBlock(line))
            {
                block.Append(line).Append('\n');
            }
            else
            {
                block = null;
                shared.Append(line).Append('\n');
                dialogue.Append(line).Append('\n');
            }
        }

        Shared = shared.ToString();
    }

    public IEnumerable<string> Addresses => _blocks.Select(block => block.Address);

    public string Shared { get; }

    /// <summary>What is said of one recipient; empty when it is not named at the start of a line.</summary>
    public string Of(string? address) =>
        _blocks.Find(block => block.Address.Equals(address, StringComparison.OrdinalIgnoreCase)).Text?.ToString() ?? "";

    /// <summary>The first address in a text, without what stands around it.</summary>
    public static string? FirstAddress(string text) => Address().Match(text) is { Success: true } match ? Trimmed(match.Value) : null;

    private StringBuilder? BlockOf(string address)
    {
        var known = _blocks.Find(block => block.Address.Equals(address, StringComparison.OrdinalIgnoreCase)).Text;
        if (known is null && _blocks.Count < MostRecipients)
        {
            known = new StringBuilder();
            _blocks.Add((address, known));
        }

        return known;
    }

    /// <summary>The address that a line is about: at its start, alone or followed by what is said of it.</summary>
    private static string? AddressOf(string line)
    {
        var rest = Wording.WithoutLabel(line.AsSpan().TrimStart(" \t*>-•·|"));
        var isMarked = rest.Length < line.AsSpan().TrimStart().Length || rest is ['<', ..];
        rest = rest.TrimStart("<[\"' ");
        rest = rest.StartsWith("smtp:", StringComparison.OrdinalIgnoreCase) ? rest[5..] : rest;
        if (Address().Match(rest.ToString()) is not { Success: true, Index: 0 } match)
        {
            // "Their Name<mailto:theirs@example.com>", as Exchange writes it.
            return MailTo().Match(line) is { Success: true } named ? Trimmed(named.Groups["address"].Value) : null;
        }

        var after = rest[match.Length..].TrimStart(">]\"'");
        var isAlone = after.Trim(" .,") is [] || after is [':', ..] || after.TrimStart() is ['(' or '<', ..] || after.StartsWith("...", StringComparison.Ordinal);
        return isAlone || (isMarked && after is [' ' or '\t', ..]) || Dated().IsMatch(after) ? Trimmed(match.Value) : null;
    }

    private static string Trimmed(string address)
    {
        var bare = address.Trim('\'', '"', '.', '`', '=', '*', '|');
        // X.400's way of saying it, "dda:SMTP=theirs@example.com".
        return bare.StartsWith("smtp=", StringComparison.OrdinalIgnoreCase) ? bare[5..] : bare;
    }

    // A rule, the beginning of a dialogue, or the next command in one.
    private static bool EndsBlock(string line)
    {
        var text = line.AsSpan().Trim();
        return text.StartsWith("---", StringComparison.Ordinal) || text.StartsWith("===", StringComparison.Ordinal) || text.StartsWith("___", StringComparison.Ordinal)
            || text.StartsWith(">>> DATA", StringComparison.OrdinalIgnoreCase) || text.StartsWith(">>> MAIL", StringComparison.OrdinalIgnoreCase)
            || text.StartsWith("... while talking to", StringComparison.OrdinalIgnoreCase) || text.StartsWith("While talking to", StringComparison.OrdinalIgnoreCase);
    }

    // RFC 5321, 4.1.2, and beyond ASCII (RFC 6531, 3.3). No backtracking: the text is anybody's.
    [GeneratedRegex(@"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~\-\u0080-\uFFFF]+@[A-Za-z0-9\-_\u0080-\uFFFF]+(\.[A-Za-z0-9\-_\u0080-\uFFFF]+)*", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex Address();

    [GeneratedRegex(@"^[^<>]{0,200}<mailto:(?<address>[^<>\s@]+@[^<>\s@]+)>\s*$", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex MailTo();

    // "theirs@example.com on Thu, 29 Apr 2010", as Exchange 5.5 writes it; "theirs@example.com Invalid Address, ERROR_CODE :550", as Zoho does;
    // "theirs@example.com - no such user here", as MDaemon does.
    [GeneratedRegex(@"^[ ,] ?(on [A-Z0-9][a-z0-9]{1,2}[,. /]|.{0,40}ERROR[_ ]CODE|[-–] |[45][0-9][0-9] |\[Status)", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex Dated();

    // "550 <theirs@example.com>... User unknown", as Sendmail writes it.
    [GeneratedRegex(@"^\s*[45][0-9][0-9][ -]([45]\.[0-9]{1,3}\.[0-9]{1,3} )?<(?<address>[^<>\s@]+@[^<>\s@]+)>\.\.\.", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex Refused();
}
