namespace Notify.Web;

/// <summary>Who is speaking on a readers' page: what stands at its head and foot.</summary>
public sealed record Masthead
{
    /// <summary>The publication's name.</summary>
    public required string Name { get; init; }

    /// <summary>Its front page.</summary>
    public required string Url { get; init; }

    /// <summary>The publication's language, a BCP 47 tag; its name and topics are in it, and it decides on which side a line begins.</summary>
    public required string Locale { get; init; }

    public string PostalAddress { get; init; } = "";

    public string SupportContact { get; init; } = "";

    public string TermsUrl { get; init; } = "";

    public string PrivacyUrl { get; init; } = "";

    public string Direction => Languages.IsRightToLeft(Locale) ? "rtl" : "ltr";

    /// <summary>The language of the pages' own words, where it is not the document's; null where it is.</summary>
    public string? WordsLanguage => Languages.PrimaryOf(Locale) == Languages.OfWords ? null : Languages.OfWords;

    /// <summary>The address to follow for a setting that may hold anything; null when it is no address a link may have.</summary>
    public static string? HrefOf(string text)
    {
        if (Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" or "mailto" or "tel")
        {
            return text;
        }

        return text.Contains('@', StringComparison.Ordinal) && !text.Any(char.IsWhiteSpace) ? "mailto:" + text : null;
    }
}
