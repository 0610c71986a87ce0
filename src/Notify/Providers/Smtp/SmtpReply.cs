using System.Text;

namespace Notify.Providers.Smtp;

/// <summary>What a relay answered to one command (RFC 5321, 4.2).</summary>
/// <param name="Code">Three digits.</param>
/// <param name="Text">What stands behind the code in the last line; for the log of a delivery, and for a decision only where the codes leave it open.</param>
internal sealed record SmtpReply(int Code, string Text)
{
    /// <summary>RFC 5321, 3.8: the relay closes the connection, whatever it was asked.</summary>
    public bool IsGoodbye => Code == 421;

    public bool IsPositive => Code is >= 200 and < 300;

    /// <summary>A definite no, for now or for ever.</summary>
    public bool IsRefusal => Code is >= 400 and < 600;

    public bool WantsMessage => Code == 354;

    /// <summary>The enhanced status (RFC 3463), such as 5.1.1; empty when there is none.</summary>
    public string Enhanced => EnhancedOf(Text);

    /// <param name="line">A line of a reply, without its end.</param>
    /// <returns>Null when it is none.</returns>
    public static SmtpReply? Parse(ReadOnlySpan<byte> line)
    {
        if (line.Length < 3 || !char.IsAsciiDigit((char)line[0]) || !char.IsAsciiDigit((char)line[1]) || !char.IsAsciiDigit((char)line[2])
            || line[0] is < (byte)'2' or > (byte)'5' || (line.Length > 3 && line[3] is not ((byte)' ' or (byte)'-')))
        {
            return null;
        }

        var code = ((line[0] - '0') * 100) + ((line[1] - '0') * 10) + (line[2] - '0');
        return new SmtpReply(code, line.Length > 4 ? Encoding.UTF8.GetString(line[4..]) : "");
    }

    internal static string EnhancedOf(string text)
    {
        var word = text.Split([' ', '\n'], 2)[0];
        return word.Length is >= 5 and <= 11 && word[0] is ('2' or '4' or '5') && word.Count(c => c == '.') == 2 && word.All(c => char.IsAsciiDigit(c) || c == '.') ? word : "";
    }
}
