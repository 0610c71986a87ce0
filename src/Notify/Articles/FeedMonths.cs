using System.Collections.Frozen;
using System.Globalization;
using System.Text;

namespace Notify.Articles;

/// <summary>The names of months as programs write them that put the date of a feed into their readers' language, against RFC 822.</summary>
internal static class FeedMonths
{
    private const int Shortest = 3;

    private static readonly string[] English =
        ["january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december"];

    // A row a month: German, French, Spanish, Portuguese, Italian, Romanian, Dutch, Scandinavian, Polish, Czech, Hungarian, Turkish, Greek,
    // Russian, Ukrainian, Bulgarian, Indonesian; in the form that stands in a date.
    private static readonly string[] Others =
    [
        "januar jänner janvier enero janeiro gennaio ianuarie januari stycznia ledna január ocak ιανουαρίου января січня януари",
        "februar février febrero fevereiro febbraio februarie februari lutego února február şubat φεβρουαρίου февраля лютого февруари",
        "märz mars marzo março martie maart marts marca března március mart μαρτίου марта березня март maret",
        "april avril abril aprile aprilie kwietnia dubna április nisan απριλίου апреля квітня април",
        "mai mayo maio maggio mei maj maja května május mayıs μαΐου мая травня май",
        "juni juin junio junho giugno iunie czerwca června június haziran ιουνίου июня червня юни",
        "juli juillet julio julho luglio iulie lipca července július temmuz ιουλίου июля липня юли",
        "august août agosto sierpnia srpna augustus augusti augusztus ağustos αυγούστου августа серпня август agustus",
        "september septembre septiembre setiembre setembro settembre septembrie września září szeptember eylül σεπτεμβρίου сентября вересня септември",
        "oktober octobre octubre outubro ottobre octombrie października října október ekim οκτωβρίου октября жовтня октомври",
        "november novembre noviembre novembro noiembrie listopada listopadu kasım νοεμβρίου ноября листопада ноември nopember",
        "dezember décembre diciembre dezembro dicembre decembrie december desember grudnia prosince aralık δεκεμβρίου декабря грудня декември",
    ];

    private static readonly FrozenDictionary<string, int> Known = Others
        .SelectMany((row, month) => row.Split(' ').Select(name => (Name: Fold(name), Month: month + 1)))
        .DistinctBy(known => known.Name).ToFrozenDictionary(known => known.Name, known => known.Month, StringComparer.Ordinal);

    /// <param name="name">A name or its beginning, in any case, with or without accents.</param>
    /// <returns>1 to 12, or nothing if this is no month, or the beginning of two.</returns>
    public static int? Read(string name)
    {
        name = Fold(name);
        if (name.Length < Shortest) return null;
        if (Array.FindIndex(English, month => month.StartsWith(name, StringComparison.Ordinal)) is var english and >= 0) return english + 1;
        if (Known.TryGetValue(name, out var exact)) return exact;

        var months = Known.Where(known => known.Key.StartsWith(name, StringComparison.Ordinal)).Select(known => known.Value).Distinct().Take(2).ToList();
        return months.Count == 1 ? months[0] : null;
    }

    private static string Fold(string name)
    {
        var folded = new StringBuilder(name.Length);
        foreach (var c in name.ToLowerInvariant().Normalize(NormalizationForm.FormD))
        {
            if (CharUnicodeInfo.GetUnicodeCategory(c) != UnicodeCategory.NonSpacingMark) folded.Append(c);
        }

        return folded.ToString();
    }
}
