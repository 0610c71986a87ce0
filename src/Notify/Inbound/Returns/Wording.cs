using System.Collections.Frozen;

namespace Notify.Inbound.Returns;

/// <summary>How reports are worded, as data (<c>wording.tsv</c>): where the returned mail begins, what stands before an address, who said what when.</summary>
internal static class Wording
{
    private static readonly FrozenDictionary<string, string[]> All = Table.Rows("wording", 3).GroupBy(row => row[0], row => row[1], StringComparer.Ordinal)
        .ToFrozenDictionary(group => group.Key, group => group.ToArray(), StringComparer.Ordinal);

    private static readonly (SmtpCommand Command, Phrase[] Cues)[] Commands =
        [.. Enum.GetValues<SmtpCommand>().Where(command => command != SmtpCommand.Unknown).Select(command => (command, PhrasesOf(command.ToString().ToLowerInvariant())))];

    private static readonly Phrase[] Delays = PhrasesOf("delayed");

    private static readonly Phrase[] Statements = PhrasesOf("statement");

    public static bool IsDaemon(string from) => All["sender"].Any(words => from.Contains(words, StringComparison.OrdinalIgnoreCase));

    /// <summary>Not of an answer to such a mail, or of one that somebody passed on.</summary>
    public static bool IsReportSubject(string subject) => !IsAnswer(subject) && All["subject"].Any(words => subject.Contains(words, StringComparison.OrdinalIgnoreCase));

    /// <summary>Whether a text begins as only programs write.</summary>
    public static bool IsStatement(IReadOnlyList<string> lines)
    {
        const int First = 12;
        var start = new Speech(string.Join('\n', lines.Where(line => !string.IsNullOrWhiteSpace(line) && line is not ['>', ..]).Take(First)));
        return Array.Exists(Statements, start.Has);
    }

    public static bool IsAutoReplySubject(string subject) => All["autoreply"].Any(words => subject.StartsWith(words, StringComparison.OrdinalIgnoreCase));

    public static bool SaysDelayed(Speech said) => Array.Exists(Delays, said.Has);

    /// <summary>At which command another server said what a report quotes, as far as the report tells.</summary>
    public static SmtpCommand CommandIn(Speech said) => Commands.FirstOrDefault(row => Array.Exists(row.Cues, said.Has)).Command;

    /// <summary>Takes a label such as "Recipient address:" off.</summary>
    public static ReadOnlySpan<char> WithoutLabel(ReadOnlySpan<char> line)
    {
        foreach (var label in All["label"])
        {
            if (line.StartsWith(label, StringComparison.OrdinalIgnoreCase) && line[label.Length..].TrimStart() is [':' or '<' or '[', ..] or { Length: 0 })
            {
                return line[label.Length..].TrimStart(" \t:");
            }
        }

        return line;
    }

    /// <summary>What another server said, quoted in a text of ours: from the last mark of a quotation to the end; null when there is none.</summary>
    public static string? Quoted(string text)
    {
        var at = -1;
        foreach (var mark in All["quote"])
        {
            at = Math.Max(at, text.IndexOf(mark, StringComparison.OrdinalIgnoreCase) is >= 0 and var found ? found + mark.Length : -1);
        }

        return at >= 0 && at < text.Length ? text[at..] : null;
    }

    /// <summary>The words of the reporting system itself: what stands before the first quotation, without the lines that show a reply.</summary>
    public static string Unquoted(string text)
    {
        var end = All["quote"].Append("<<<").Select(mark => text.IndexOf(mark, StringComparison.OrdinalIgnoreCase)).Where(at => at >= 0).Append(text.Length).Min();
        return string.Join('\n', text[..end].Split('\n').Where(line => Codes.Reply(line, null) is null));
    }

    /// <summary>The index of the first line that belongs to the returned mail; their number when none does.</summary>
    public static int StartOfOriginal(string[] lines)
    {
        for (var i = 0; i < lines.Length; i++)
        {
            var line = lines[i].AsSpan().TrimStart(" \t-=*#|>");
            if (Starts(line, All["original"]) || StartsHeader(lines, i))
            {
                return i;
            }
        }

        return lines.Length;
    }

    private static bool Starts(ReadOnlySpan<char> line, string[] beginnings)
    {
        foreach (var words in beginnings)
        {
            if (line.StartsWith(words, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }

    // A header that nobody announced: after a blank line, a trace field and at least two more (RFC 5322, 3.6.7).
    private static bool StartsHeader(string[] lines, int at)
    {
        const int Enough = 3;
        return (at == 0 || string.IsNullOrWhiteSpace(lines[at - 1]))
            && Fields.NameOf(lines[at]) is { } name && (name.Equals("Received", StringComparison.OrdinalIgnoreCase) || name.Equals("Return-Path", StringComparison.OrdinalIgnoreCase))
            && lines.Skip(at).TakeWhile(line => !string.IsNullOrWhiteSpace(line)).Count(line => Fields.NameOf(line) is not null) >= Enough;
    }

    private static bool IsAnswer(string subject) =>
        subject.StartsWith("re:", StringComparison.OrdinalIgnoreCase) || subject.StartsWith("fw:", StringComparison.OrdinalIgnoreCase) || subject.StartsWith("fwd:", StringComparison.OrdinalIgnoreCase);

    private static Phrase[] PhrasesOf(string use) => [.. All[use].Select(Phrase.Parse)];
}
