namespace Notify.Web;

/// <summary>The little a page must know about a language tag.</summary>
internal static class Languages
{
    /// <summary>The language the readers' pages are written in.</summary>
    public const string OfWords = "en";

    // Languages whose usual script runs from right to left (Unicode CLDR, layout data); "iw" and "ji" are old codes still met in settings.
    private static readonly HashSet<string> RightToLeft = new(StringComparer.OrdinalIgnoreCase)
    {
        "ar", "arc", "ckb", "dv", "fa", "he", "iw", "ji", "ks", "nqo", "ps", "sd", "syr", "ug", "ur", "yi",
    };

    private static readonly HashSet<string> RightToLeftScripts = new(StringComparer.OrdinalIgnoreCase) { "Adlm", "Arab", "Hebr", "Nkoo", "Rohg", "Syrc", "Thaa" };

    public static string PrimaryOf(string tag) => tag.Split('-', '_')[0].ToLowerInvariant();

    /// <summary>A script named in the tag decides (<c>az-Arab</c>, <c>ks-Deva</c>), else the language does.</summary>
    public static bool IsRightToLeft(string tag)
    {
        var script = tag.Split('-', '_').Skip(1).FirstOrDefault(part => part.Length == 4 && part.All(char.IsAsciiLetter));
        return script is null ? RightToLeft.Contains(PrimaryOf(tag)) : RightToLeftScripts.Contains(script);
    }
}
