namespace Notify.Subscribers;

/// <summary>The form as the reader left it, with what was wrong.</summary>
public sealed record SubscribeForm
{
    public string? Phone { get; init; }

    public string? Email { get; init; }

    public IReadOnlyList<string> Topics { get; init; } = [];

    public bool BreakingAtNight { get; init; }

    public string? Frequency { get; init; }

    public string? PageUrl { get; init; }

    public string? TimeZone { get; init; }

    public string? Disclosure { get; init; }

    public bool Consent { get; init; }

    /// <summary>Shows that the form came from us; see <see cref="FormTokens"/>.</summary>
    public string? Token { get; init; }

    /// <summary>A field that no person sees: whoever fills it in is a program.</summary>
    public string? Website { get; init; }

    /// <summary>By field (<c>phone</c>, <c>email</c>, <c>consent</c>, <c>topics</c>); the empty key is for the form as a whole.</summary>
    public IReadOnlyDictionary<string, string[]> Errors { get; init; } = new Dictionary<string, string[]>(StringComparer.Ordinal);

    public static SubscribeForm From(IFormCollection form) => new()
    {
        Phone = Field(form, "phone"),
        Email = Field(form, "email"),
        Topics = [.. form["topics"].OfType<string>().Where(t => t.Length > 0)],
        BreakingAtNight = form["breakingAtNight"].Count > 0,
        Frequency = Field(form, "frequency"),
        PageUrl = PageAddress(Field(form, "pageUrl")),
        TimeZone = KnownZone(Field(form, "timeZone")),
        Disclosure = Field(form, "disclosure"),
        Consent = form["consent"].Count > 0,
        Token = Field(form, "form"),
        Website = Field(form, "website"),
    };

    /// <summary>
    /// The page a reader came from, when it is one. Like the other hidden fields, a value that makes no sense (an app's name, say) counts as
    /// unknown: a reader cannot mend what is not on the screen.
    /// </summary>
    public static string? PageAddress(string? text) =>
        text is { Length: > 0 and <= 2_000 } && Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" ? uri.AbsoluteUri : null;

    /// <summary>A time zone, when there is such a one.</summary>
    public static string? KnownZone(string? text) => text is { Length: > 0 } && TimeZoneInfo.TryFindSystemTimeZoneById(text, out _) ? text : null;

    public SignUpRequest ToRequest() => new()
    {
        Phone = Phone,
        Email = Email,
        Topics = Topics,
        BreakingAtNight = BreakingAtNight,
        Frequency = Frequency,
        PageUrl = PageUrl,
        TimeZone = TimeZone,
        Disclosure = Disclosure,
        Consent = Consent,
    };

    private static string? Field(IFormCollection form, string name) =>
        form[name].FirstOrDefault()?.Replace("\0", "", StringComparison.Ordinal).Trim() is { Length: > 0 } text ? text : null;
}

/// <summary>What a page behind a link shows.</summary>
public enum LinkPageModel
{
    BadLink,
    AskConfirm,
    Confirmed,
    ConfirmExpired,
    AskUnsubscribe,

    /// <summary>The copy of a mail that somebody looks at in the browser, or was sent by a friend.</summary>
    NobodysUnsubscribe,
    Unsubscribed,
    AskedBack,
    Erased,
}

internal static class LinkPageStatus
{
    extension(LinkPageModel model)
    {
        public int Status => model == LinkPageModel.BadLink ? StatusCodes.Status404NotFound : StatusCodes.Status200OK;
    }
}
