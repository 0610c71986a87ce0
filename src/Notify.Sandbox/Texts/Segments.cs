using System.Globalization;
using System.Runtime.InteropServices;

namespace Notify.Sandbox.Texts;

/// <summary>How many parts a text is sent in (3GPP TS 23.038 alphabet, 23.040 concatenation), counted the way the provider's own calculator does.</summary>
internal static class Segments
{
    private const string Basic =
        "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";

    private const string Extended = "|^€{}[]~\\\f";

    public static int Count(string body)
    {
        if (body.Length == 0)
            return 1;

        var units = new List<int>(body.Length);
        if (body.All(c => Basic.Contains(c, StringComparison.Ordinal) || Extended.Contains(c, StringComparison.Ordinal)))
        {
            units.AddRange(body.Select(c => Extended.Contains(c, StringComparison.Ordinal) ? 2 : 1));
            return Fill(units, 160, 153);
        }

        for (var at = 0; at < body.Length; at += units[^1])
            units.Add(StringInfo.GetNextTextElementLength(body, at));
        return Fill(units, 70, 67);
    }

    /// <summary>A part holds whole characters only: an escape pair or an emoji that does not fit moves to the next.</summary>
    private static int Fill(List<int> units, int single, int part)
    {
        if (units.Sum() <= single)
            return 1;

        var (parts, used) = (1, 0);
        foreach (var unit in CollectionsMarshal.AsSpan(units))
        {
            if (used > 0 && used + unit > part)
                (parts, used) = (parts + 1, 0);
            used += unit;
            while (used > part)
                (parts, used) = (parts + 1, used - part);
        }

        return parts;
    }
}
