using System.Globalization;
using System.Text.RegularExpressions;

namespace Notify.Messages;

/// <summary>The text of an alert, <c>{site}: {title} {link} {optOut}</c>, fitted to a number of segments by shortening the title.</summary>
public static partial class AlertText
{
    private const string Shortened = "...";

    /// <summary>
    /// Fits the text. Neither the site (readers and carriers must see who writes) nor the link (half a link is none) nor the way out is ever cut: when not
    /// even the first character of the title has room, it is left out, and the others go alone, whatever they cost.
    /// </summary>
    /// <param name="site">The publication's name.</param>
    /// <param name="title">The article's title; line breaks and runs of blanks become one blank.</param>
    /// <param name="link">Used as it is, after a blank.</param>
    /// <param name="maxSegments">At least one.</param>
    /// <param name="optOut">How to leave, last; empty: the text does not say it.</param>
    /// <param name="foldAccents">Whether letters that GSM-7 lacks are written without their accents; never the link's.</param>
    public static string Compose(string site, string title, string link, int maxSegments, string optOut = "", bool foldAccents = false)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxSegments, 1);
        var name = OneLine(site);
        link = OneLine(optOut) is { Length: > 0 } way ? $"{link} {way}" : link;
        var words = OneLine(title);
        if (words.Length == 0) return Text("");

        var whole = Text(words);
        if (Fits(whole)) return whole;

        var cut = Cut(words, LongestThatFits());
        return Text(cut.Length == 0 ? "" : cut + Shortened);

        string Text(string beginning) => Join(name, beginning, link) is var text && foldAccents ? AccentFolding.Fold(text) : text;

        bool Fits(string text) => Segments.Count(text).Segments <= maxSegments;

        // A longer beginning never takes fewer segments, so the longest that fits is found by halving.
        int LongestThatFits()
        {
            var ends = StringInfo.ParseCombiningCharacters(words);
            int fits = 0, tooLong = ends.Length;
            while (tooLong - fits > 1)
            {
                var middle = (fits + tooLong) / 2;
                if (Fits(Text(words[..ends[middle]] + Shortened))) fits = middle;
                else tooLong = middle;
            }

            return ends[fits];
        }
    }

    private static string Join(string site, string title, string link)
    {
        var head = site.Length == 0 ? title : title.Length == 0 ? $"{site}:" : $"{site}: {title}";
        return head.Length == 0 ? link : $"{head} {link}";
    }

    // Back to the end of a word, unless that would give away more than half (one long word, or a script without blanks).
    private static string Cut(string title, int length)
    {
        var cut = title[..length];
        if (title[length] != ' ' && cut.LastIndexOf(' ') is var blank && blank > length / 2) cut = cut[..blank];
        return cut.TrimEnd(' ', ',', ';', ':', '-', '.', '(', '"', '\'');
    }

    private static string OneLine(string text) => Blanks().Replace(TextNormaliser.Normalise(text), " ").Trim();

    [GeneratedRegex(@"\s+", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Blanks();
}
