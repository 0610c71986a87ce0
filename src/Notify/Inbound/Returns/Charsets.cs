using System.Text;
using MimeKit;

namespace Notify.Inbound.Returns;

/// <summary>Texts of parts whose charset is old, wrong or missing: what cannot be read is replaced, never refused.</summary>
internal static class Charsets
{
    private static readonly Encoding Western = CodePagesEncodingProvider.Instance.GetEncoding(1252)!;
    private static readonly Encoding Japanese = CodePagesEncodingProvider.Instance.GetEncoding("iso-2022-jp")!;
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public static string Text(MimePart part)
    {
        using var octets = new MemoryStream();
        part.Content?.DecodeTo(octets);
        return Decode(octets.ToArray(), part.ContentType.Charset);
    }

    /// <summary>A field that was read as it stood: the escapes of ISO-2022-JP (RFC 1468) need no declaration.</summary>
    public static string Field(string value) => value.Contains("\e$", StringComparison.Ordinal) ? Japanese.GetString(Encoding.Latin1.GetBytes(value)) : value;

    private static string Decode(byte[] octets, string? charset)
    {
        if (octets.AsSpan().IndexOf("\e$"u8) >= 0)
        {
            return Japanese.GetString(octets);
        }

        try
        {
            return Named(charset ?? "utf-8").GetString(octets);
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            // An unknown name (UTF-7 among them, which nothing reads any more), or octets that are not what they are called.
            return Western.GetString(octets);
        }
    }

    private static Encoding Named(string charset) =>
        charset.Equals("utf-8", StringComparison.OrdinalIgnoreCase) || charset.Equals("us-ascii", StringComparison.OrdinalIgnoreCase)
            ? Strict
            : CodePagesEncodingProvider.Instance.GetEncoding(charset) ?? Encoding.GetEncoding(charset);
}
