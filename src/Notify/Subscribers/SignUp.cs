using System.Globalization;
using Microsoft.Extensions.Options;
using Notify.Contacts;
using Notify.Deliveries;
using Notify.Publication;

namespace Notify.Subscribers;

/// <summary>What a form or a program sends: <c>POST /api/subscriptions</c>. Nothing of it is trusted yet.</summary>
public sealed record SignUpRequest
{
    /// <summary>As the reader typed it; without a country code it is a number of the publication's region.</summary>
    public string? Phone { get; init; }

    public string? Email { get; init; }

    /// <summary>Topic keys; none = all.</summary>
    public IReadOnlyList<string>? Topics { get; init; }

    /// <summary><c>instant</c>, <c>daily</c> or <c>weekly</c>; none = instant.</summary>
    public string? Frequency { get; init; }

    public bool BreakingAtNight { get; init; }

    public string? Locale { get; init; }

    /// <summary>An IANA name, as a browser gives it.</summary>
    public string? TimeZone { get; init; }

    /// <summary>The page the reader was on.</summary>
    public string? PageUrl { get; init; }

    /// <summary>The version of the words that were shown, from <c>GET /api/disclosure</c>.</summary>
    public string? Disclosure { get; init; }

    /// <summary>The box was ticked.</summary>
    public bool Consent { get; init; }
}

/// <summary>A request that holds water.</summary>
internal sealed record SignUp(
    IReadOnlyList<ContactPoint> Contacts, IReadOnlyList<string> Topics, bool BreakingAtNight, string Locale, string? TimeZone, string? PageUrl, string? Disclosure, SignUpRequest Raw, Frequency Frequency);

/// <summary>Parses a request at the edge; each fault is said at the field it belongs to.</summary>
internal sealed class SignUpReader(IOptionsMonitor<PublicationOptions> options, Senders senders)
{
    private const int MaxUrl = 2_000;

    /// <summary>Whether the form takes this number: by its country, by its kind, and because a sender serves it.</summary>
    public bool Takes(PhoneNumber number)
    {
        var site = options.CurrentValue;
        return PhoneNumber.TryParse(number.Value, site.DefaultRegion, site.AllowedCountries, out _, out _) && senders.Serves(Channel.Text, number.Region);
    }

    /// <returns>Null when <paramref name="errors"/> has anything; keys are the JSON names of the fields.</returns>
    public SignUp? Read(SignUpRequest request, out Dictionary<string, string[]> errors)
    {
        errors = new Dictionary<string, string[]>(StringComparer.Ordinal);
        var site = options.CurrentValue;
        var contacts = ReadContacts(request, site, errors);
        var topics = ReadTopics(request, site, errors);
        if (FrequencyNames.Read(request.Frequency) is not { } frequency)
        {
            frequency = Frequency.Instant;
            errors["frequency"] = ["Send \"instant\", \"daily\" or \"weekly\", or leave this out."];
        }

        foreach (var contact in contacts.Where(contact => !senders.Serves(contact.Channel, contact.Region)))
        {
            errors[contact.Channel == Channel.Text ? "phone" : "email"] =
                [contact.Channel == Channel.Text ? "News by text is not offered here. Please leave an e-mail address." : "News by e-mail is not offered here. Please leave a phone number."];
        }

        if (!request.Consent)
        {
            errors["consent"] = ["Please tick the box to agree before you sign up."];
        }

        var locale = ReadLocale(request.Locale, site, errors);
        if (request.TimeZone is { Length: > 0 } zone && !TimeZoneInfo.TryFindSystemTimeZoneById(zone, out _))
        {
            errors["timeZone"] = ["This time zone is not known. Send an IANA name such as Europe/London."];
        }

        if (request.PageUrl is { Length: > 0 } page && (page.Length > MaxUrl || page.Any(char.IsControl) || !Uri.TryCreate(page, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https")))
        {
            errors["pageUrl"] = ["Send the full address of the page, beginning with https://."];
        }

        return errors.Count > 0
            ? null
            : new SignUp(contacts, topics, request.BreakingAtNight, locale, Empty(request.TimeZone), Empty(request.PageUrl), Version(request.Disclosure), request, frequency);
    }

    private static List<ContactPoint> ReadContacts(SignUpRequest request, PublicationOptions site, Dictionary<string, string[]> errors)
    {
        var contacts = new List<ContactPoint>();
        var (phone, email) = (Empty(request.Phone), Empty(request.Email));
        if (phone is null && email is null)
        {
            errors["phone"] = ["Please enter a phone number or an e-mail address."];
            return contacts;
        }

        if (phone is not null)
        {
            if (PhoneNumber.TryParse(phone, site.DefaultRegion, site.AllowedCountries, out var number, out var problem))
            {
                contacts.Add(ContactPoint.Of(number));
            }
            else
            {
                errors["phone"] = [problem];
            }
        }

        if (email is not null)
        {
            if (EmailAddress.TryParse(email, out var address, out var problem))
            {
                contacts.Add(ContactPoint.Of(address));
            }
            else
            {
                errors["email"] = [problem];
            }
        }

        return contacts;
    }

    private static IReadOnlyList<string> ReadTopics(SignUpRequest request, PublicationOptions site, Dictionary<string, string[]> errors)
    {
        string[] topics = [.. (request.Topics ?? []).Distinct(StringComparer.Ordinal)];
        if (topics.Any(topic => site.Topics.All(t => t.Key != topic)))
        {
            errors["topics"] = [$"There is no such topic. The topics are: {string.Join(", ", site.Topics.Select(t => t.Key))}."];
        }

        return topics;
    }

    private static string ReadLocale(string? locale, PublicationOptions site, Dictionary<string, string[]> errors)
    {
        if (Empty(locale) is not { } given)
        {
            return site.Locale;
        }

        if (given.Length > 35 || !given.All(c => char.IsAsciiLetterOrDigit(c) || c == '-'))
        {
            errors["locale"] = ["Send a language tag such as en or en-GB."];
            return site.Locale;
        }

        return given.ToLower(CultureInfo.InvariantCulture);
    }

    /// <summary>What cannot be a version of ours is an unknown one, and never reaches the database.</summary>
    private static string? Version(string? text) =>
        text is { Length: > 0 and <= 100 } && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_') ? text : null;

    private static string? Empty(string? text) => string.IsNullOrWhiteSpace(text) ? null : text;
}

/// <summary>Frequencies as programs and forms write them.</summary>
internal static class FrequencyNames
{
    /// <returns>Null when there is no such one; instant when none is given.</returns>
    public static Frequency? Read(string? name) => name switch
    {
        null or "" or "instant" => Frequency.Instant,
        "daily" => Frequency.Daily,
        "weekly" => Frequency.Weekly,
        _ => null,
    };

    public static string Of(Frequency frequency) => frequency switch
    {
        Frequency.Daily => "daily",
        Frequency.Weekly => "weekly",
        _ => "instant",
    };
}
