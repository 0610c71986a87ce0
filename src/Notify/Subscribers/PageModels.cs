namespace Notify.Subscribers;

/// <summary>The form as the reader left it, with what was wrong.</summary>
internal sealed record SubscribeForm
{
    public string? Phone { get; init; }

    public string? Email { get; init; }

    public IReadOnlyList<string> Topics { get; init; } = [];

    public bool BreakingAtNight { get; init; }

    public string? PageUrl { get; init; }

    public string? TimeZone { get; init; }

    public string? Disclosure { get; init; }

    public bool Consent { get; init; }

    /// <summary>By field (<c>phone</c>, <c>email</c>, <c>consent</c>, <c>topics</c>); the empty key is for the form as a whole.</summary>
    public IReadOnlyDictionary<string, string[]> Errors { get; init; } = new Dictionary<string, string[]>(StringComparer.Ordinal);

    public static SubscribeForm From(IFormCollection form) => new()
    {
        Phone = Field(form, "phone"),
        Email = Field(form, "email"),
        Topics = [.. form["topics"].OfType<string>().Where(t => t.Length > 0)],
        BreakingAtNight = form["breakingAtNight"].Count > 0,
        PageUrl = Field(form, "pageUrl"),
        TimeZone = Field(form, "timeZone"),
        Disclosure = Field(form, "disclosure"),
        Consent = form["consent"].Count > 0,
    };

    public SignUpRequest ToRequest() => new()
    {
        Phone = Phone,
        Email = Email,
        Topics = Topics,
        BreakingAtNight = BreakingAtNight,
        PageUrl = PageUrl,
        TimeZone = TimeZone,
        Disclosure = Disclosure,
        Consent = Consent,
    };

    private static string? Field(IFormCollection form, string name) => form[name].ToString().Trim() is { Length: > 0 } text ? text : null;
}

/// <summary>What a page behind a link shows.</summary>
internal enum LinkPageModel
{
    BadLink,
    AskConfirm,
    Confirmed,
    ConfirmExpired,
    AskUnsubscribe,
    Unsubscribed,
}
