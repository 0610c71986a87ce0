using System.ComponentModel.DataAnnotations;

namespace Notify.Publication;

/// <summary>Section <c>Publication</c>: the one publication of this installation.</summary>
public sealed class PublicationOptions
{
    /// <summary>Its name, as readers know it; it opens every text.</summary>
    [Required(ErrorMessage = "Publication:Name is empty. Set it to the name readers know.")]
    [StringLength(40)]
    public string Name { get; set; } = "";

    /// <summary>Its front page.</summary>
    [Required(ErrorMessage = "Publication:Url is empty. Set it to the site's front page.")]
    [Url]
    public string Url { get; set; } = "";

    /// <summary>The region a number without a country code belongs to, such as <c>US</c>.</summary>
    [Required, StringLength(2, MinimumLength = 2)]
    public string DefaultRegion { get; set; } = "US";

    /// <summary>Regions whose numbers may sign up. Empty: the default region alone, for a form that texts the world is a way to spend your money.</summary>
    public IList<string> Countries { get; set; } = [];

    [Required]
    public string TimeZone { get; set; } = "UTC";

    [Required]
    public string Locale { get; set; } = "en";

    public IList<TopicOptions> Topics { get; set; } = [];

    /// <summary>A mail address, telephone number or page where a reader gets help from a person.</summary>
    public string SupportContact { get; set; } = "";

    /// <summary>The publisher's postal address; every mail shows it (CAN-SPAM, 15 U.S.C. 7704(a)(5)).</summary>
    public string PostalAddress { get; set; } = "";

    public string TermsUrl { get; set; } = "";

    public string PrivacyUrl { get; set; } = "";

    /// <summary>How many texts with news a reader gets on one day at most, as the words at sign-up say; 0 = "message frequency varies". What comes on top goes out the next day, as one.</summary>
    [Range(0, 100)]
    public int MaxTextsPerDay { get; set; }

    public QuietHoursOptions QuietHours { get; set; } = new();

    /// <summary>When digests go out, by the reader's clock, for whoever chose no other time; also what is told in digests only to readers of each article.</summary>
    public string DigestAt { get; set; } = "18:00";

    /// <summary>The day of a weekly digest, for whoever chose no other.</summary>
    public DayOfWeek DigestDay { get; set; } = DayOfWeek.Sunday;

    /// <summary>How many segments an alert's text may have; the title is shortened to fit.</summary>
    [Range(1, 6)]
    public int MaxSegments { get; set; } = 2;

    /// <summary>Texts are written without the accents that GSM-7 lacks (á as a; à, é, ñ and ü it has) where that makes the whole text GSM-7, and so cheaper.</summary>
    public bool FoldAccents { get; set; }

    /// <summary>What every alert's text ends with, behind the link and never shortened, so that nobody has to look for the way out; empty: only the confirmation says it.</summary>
    [StringLength(40, ErrorMessage = "Publication:OptOutText must have at most 40 characters; every text carries it.")]
    public string OptOutText { get; set; } = "STOP to end";

    /// <summary>The countries a number may come from.</summary>
    public IReadOnlyCollection<string> AllowedCountries => Countries.Count > 0 ? [.. Countries] : [DefaultRegion];
}

public sealed class TopicOptions
{
    /// <summary>Short, for links and programs: lower-case letters, digits and dashes.</summary>
    [Required, RegularExpression("^[a-z0-9-]{1,40}$")]
    public string Key { get; set; } = "";

    [Required, StringLength(60)]
    public string Name { get; set; } = "";
}

/// <summary>Hours in which no news goes out by text, such as 21:00 to 08:00 of the reader's day; empty = none.</summary>
public sealed class QuietHoursOptions
{
    public string From { get; set; } = "";

    public string To { get; set; } = "";

    /// <summary>A table of the hours the law of a place gives, in place of the one that comes with Notify; empty: that one.</summary>
    public string RegionsFile { get; set; } = "";

    internal bool AreSet => From.Length > 0 && To.Length > 0;

    internal TimeOnly Since => TimeOnly.ParseExact(From, "HH:mm", System.Globalization.CultureInfo.InvariantCulture);

    internal TimeOnly Until => TimeOnly.ParseExact(To, "HH:mm", System.Globalization.CultureInfo.InvariantCulture);
}
