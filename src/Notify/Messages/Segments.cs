using System.Buffers;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Notify.Messages;

/// <summary>How the characters of a text travel.</summary>
public enum TextEncoding
{
    /// <summary>Seven bits each, for the characters of 3GPP TS 23.038 section 6.2.1; ten more take two units.</summary>
    Gsm7,

    /// <summary>Sixteen bits each (UTF-16 code units), for everything else.</summary>
    Ucs2,
}

/// <summary>What a text costs.</summary>
/// <param name="Encoding">How it travels: one character outside GSM-7 turns the whole text into UCS-2.</param>
/// <param name="Units">Septets, or UTF-16 code units; without the headers of a long text.</param>
/// <param name="Segments">What is billed and what a sender's rate is counted in; never under one.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct SegmentCount(TextEncoding Encoding, int Units, int Segments);

/// <summary>
/// Counts a text as the provider will: 160 septets or 70 code units in one segment; once there are several, each gives up six octets to a header
/// (3GPP TS 23.040 section 9.2.3.24.1) and holds 153 or 67. An escaped pair, and what a reader sees as one character, stay in one segment.
/// </summary>
public static class Segments
{
    private const int GsmAlone = 160;
    private const int GsmOfSeveral = 153;
    private const int UcsAlone = 70;
    private const int UcsOfSeveral = 67;

    private static readonly SearchValues<char> Gsm = SearchValues.Create(
        "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà" + Escaped);

    private static readonly SearchValues<char> EscapedValues = SearchValues.Create(Escaped);

    // Sent as an escape and a second septet.
    private const string Escaped = "\f^{}\\[~]|€";

    public static SegmentCount Count(string text) => IsGsm(text) ? CountGsm(text) : CountUcs(text);

    internal static bool IsGsm(ReadOnlySpan<char> text) => !text.ContainsAnyExcept(Gsm);

    /// <summary>What of a text lies outside GSM-7, each once and in its order: the reason why it travels as UCS-2.</summary>
    public static IReadOnlyList<string> BeyondGsm(string text)
    {
        var found = new List<string>();
        var elements = StringInfo.GetTextElementEnumerator(text);
        while (elements.MoveNext())
        {
            var element = elements.GetTextElement();
            if (!IsGsm(element) && !found.Contains(element, StringComparer.Ordinal))
            {
                found.Add(element);
            }
        }

        return found;
    }

    private static SegmentCount CountGsm(string text)
    {
        var filling = new Filling(GsmOfSeveral);
        foreach (var c in text) filling.Add(EscapedValues.Contains(c) ? 2 : 1);
        return filling.Total(TextEncoding.Gsm7, GsmAlone);
    }

    private static SegmentCount CountUcs(string text)
    {
        var filling = new Filling(UcsOfSeveral);
        var rest = text.AsSpan();
        while (!rest.IsEmpty)
        {
            var length = StringInfo.GetNextTextElementLength(rest);
            if (length <= UcsOfSeveral && rest[..length] is not "\r\n") filling.Add(length);
            else AddRunes(rest[..length], ref filling); // More marks on one letter than a segment holds: then between marks.

            rest = rest[length..];
        }

        return filling.Total(TextEncoding.Ucs2, UcsAlone);
    }

    private static void AddRunes(ReadOnlySpan<char> element, ref Filling filling)
    {
        foreach (var rune in element.EnumerateRunes()) filling.Add(rune.Utf16SequenceLength);
    }

    /// <summary>Segments of a long text being filled one after the other.</summary>
    [StructLayout(LayoutKind.Auto)]
    private struct Filling(int capacity)
    {
        private int units;
        private int segments = 1;
        private int used;

        public void Add(int length)
        {
            units += length;
            if (used + length > capacity)
            {
                segments++;
                used = 0;
            }

            used += length;
        }

        public readonly SegmentCount Total(TextEncoding encoding, int alone) => new(encoding, units, units <= alone ? 1 : segments);
    }
}
