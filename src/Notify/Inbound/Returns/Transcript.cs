namespace Notify.Inbound.Returns;

/// <summary>A dialogue that a report quotes, as Sendmail and Courier do: ours after &gt;&gt;&gt;, the other server's after &lt;&lt;&lt;; Postfix writes In and Out, from the other side.</summary>
internal static class Transcript
{
    /// <summary>The command that the first refusal in the text answers.</summary>
    public static SmtpCommand CommandRefused(string text)
    {
        var command = SmtpCommand.Unknown;
        foreach (var line in text.AsSpan().EnumerateLines())
        {
            if (After(line, ">>>") is { IsEmpty: false } ours)
            {
                command = CommandOf(ours);
            }
            else if (After(line, "In:") is { IsEmpty: false } theirs)
            {
                command = CommandOf(theirs);
            }
            else if (After(line, "<<<") is ['4' or '5', ..] || After(line, "Out:") is ['4' or '5', ..])
            {
                return command;
            }
        }

        return SmtpCommand.Unknown;
    }

    /// <summary>What the other server said, without what is said around it; empty when nothing is quoted.</summary>
    public static string Said(string text) => string.Join('\n', text.Split('\n').Select(line => After(line, "<<<").ToString()).Where(said => said.Length > 0));

    // At the start of a line, or behind a word such as InterScan's "Sent".
    private static ReadOnlySpan<char> After(ReadOnlySpan<char> line, ReadOnlySpan<char> mark)
    {
        const int Word = 12;
        return line.Trim() is var text && text.IndexOf(mark, StringComparison.Ordinal) is >= 0 and < Word and var at ? text[(at + mark.Length)..].Trim() : [];
    }

    private static SmtpCommand CommandOf(ReadOnlySpan<char> line) => line switch
    {
        _ when line.StartsWith("EHLO", StringComparison.OrdinalIgnoreCase) || line.StartsWith("HELO", StringComparison.OrdinalIgnoreCase) => SmtpCommand.Helo,
        _ when line.StartsWith("MAIL", StringComparison.OrdinalIgnoreCase) => SmtpCommand.Mail,
        _ when line.StartsWith("RCPT", StringComparison.OrdinalIgnoreCase) => SmtpCommand.Rcpt,
        _ when line.StartsWith("DATA", StringComparison.OrdinalIgnoreCase) || line.StartsWith("BDAT", StringComparison.OrdinalIgnoreCase) => SmtpCommand.Data,
        _ => SmtpCommand.Unknown,
    };
}
