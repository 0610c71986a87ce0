using System.Collections.Frozen;
using System.Globalization;
using Notify.Storage;
using PhoneNumbers;

namespace Notify.Contacts;

/// <summary>What is known of where a reader is: whose law and whose clock say when a text may arrive.</summary>
public sealed class Whereabouts
{
    public int Id { get; init; }

    /// <summary>The number's country, for the United States with the state, such as <c>US-TX</c>; empty when unknown.</summary>
    public required string Region { get; init; }

    /// <summary>IANA names separated by blanks; several where a number does not tell which of them. Empty: where the publication is.</summary>
    public required string Zones { get; init; }

    /// <summary>Quiet hours its readers chose, such as <c>22:00-07:00</c>; empty: none.</summary>
    public string Quiet { get; init; } = "";

    /// <summary>From when a text may arrive there; in the past: now.</summary>
    public DateTimeOffset OpensAt { get; set; }

    /// <summary>When the publication's digest hour comes next there, as it was last written down.</summary>
    public DateTimeOffset DigestAt { get; set; }
}

/// <summary>Finds where a number is at home, by what its numbering plan tells.</summary>
internal static class Places
{
    private static readonly PhoneNumberUtil Library = PhoneNumberUtil.GetInstance();

    /// <summary>The states as the numbering data writes them, at the end of a description such as <c>Houston, TX</c> or <c>Texas</c>.</summary>
    private static readonly FrozenDictionary<string, string> States = """
        Alabama AL|Alaska AK|Arizona AZ|Arkansas AR|California CA|Colorado CO|Connecticut CT|Delaware DE|Washington D.C. DC|District of Columbia DC|Florida FL|Georgia GA|Hawaii HI
        Idaho ID|Illinois IL|Indiana IN|Iowa IA|Kansas KS|Kentucky KY|Louisiana LA|Maine ME|Maryland MD|Massachusetts MA|Michigan MI|Minnesota MN|Mississippi MS|Missouri MO
        Montana MT|Nebraska NE|Nevada NV|New Hampshire NH|New Jersey NJ|New Mexico NM|New York NY|North Carolina NC|North Dakota ND|Ohio OH|Oklahoma OK|Oregon OR
        Pennsylvania PA|Rhode Island RI|South Carolina SC|South Dakota SD|Tennessee TN|Texas TX|Utah UT|Vermont VT|Virginia VA|Washington State WA|West Virginia WV|Wisconsin WI|Wyoming WY
        """.Split(['|', '\n'], StringSplitOptions.TrimEntries).ToFrozenDictionary(line => line[..^3], line => line[^2..], StringComparer.Ordinal);

    private static readonly FrozenSet<string> Codes = States.Values.ToFrozenSet(StringComparer.Ordinal);

    /// <summary>The row for a contact, made when new.</summary>
    /// <param name="zone">The zone its reader's browser told, which knows better than the number; null or empty when it did not.</param>
    /// <param name="quiet">The quiet hours its reader chose; empty: none.</param>
    public static async Task<int> KeepAsync(Write write, ContactPoint contact, string? zone, string quiet = "")
    {
        var (region, zones) = Find(contact, zone);
        return Convert.ToInt32(await write.ScalarAsync<object>("""
            INSERT INTO whereabouts (region, zones, quiet) VALUES (@region, @zones, @quiet) ON CONFLICT (region, zones, quiet) DO UPDATE SET region = excluded.region RETURNING id
            """, ("region", region), ("zones", zones), ("quiet", quiet)), CultureInfo.InvariantCulture);
    }

    internal static (string Region, string Zones) Find(ContactPoint contact, string? zone)
    {
        var known = string.IsNullOrEmpty(zone) ? "" : zone;
        if (contact.Channel != Channel.Text)
        {
            return ("", known);
        }

        PhoneNumbers.PhoneNumber number;
        try
        {
            number = Library.Parse(contact.Value, PhoneText.NoRegion);
        }
        catch (NumberParseException)
        {
            return ("", known);
        }

        var country = contact.Region ?? PhoneText.NoRegion;
        var region = country == "US" && StateOf(number) is { } state ? $"US-{state}" : country;
        return (region, known.Length > 0 ? known : string.Join(' ', ZonesOf(number)));
    }

    /// <summary>The zones of whole countries, by their calling codes.</summary>
    /// <param name="regions">ISO 3166.</param>
    public static IReadOnlyList<string> ZonesOf(IEnumerable<string> regions) =>
        [.. regions.Select(Library.GetCountryCodeForRegion).Where(code => code > 0).Distinct().SelectMany(ZonesOf).Distinct(StringComparer.Ordinal)];

    /// <summary>
    /// Twenty-five countries share the code 1. For what belongs to no area of it, freephone numbers and the mobiles of some islands, the table says all of it, from Guam
    /// to Halifax, where it is hardly ever day at the same time. Then an island's own zone is meant, and of the two large countries nothing is known.
    /// </summary>
    private static string[] ZonesOf(PhoneNumbers.PhoneNumber number)
    {
        var zones = Known(PhoneNumberToTimeZonesMapper.GetInstance().GetTimeZonesForNumber(number));
        if (number.CountryCode != 1 || !zones.SequenceEqual(ZonesOf(1)))
        {
            return zones;
        }

        return Library.GetRegionCodeForNumber(number) is { } region and not ("US" or "CA")
            ? Known(PhoneNumberToTimeZonesMapper.GetInstance().GetTimeZonesForNumber(Library.GetExampleNumber(region)))
            : [];
    }

    private static string[] ZonesOf(int countryCode) =>
        Known(PhoneNumberToTimeZonesMapper.GetInstance().GetTimeZonesForGeographicalNumber(new PhoneNumbers.PhoneNumber.Builder().SetCountryCode(countryCode).Build()));

    private static string[] Known(IEnumerable<string> zones) =>
        [.. zones.Where(zone => zone != "Etc/Unknown" && TimeZoneInfo.TryFindSystemTimeZoneById(zone, out _)).Order(StringComparer.Ordinal)];

    private static string? StateOf(PhoneNumbers.PhoneNumber number)
    {
        var description = PhoneNumberOfflineGeocoder.GetInstance().GetDescriptionForNumber(number, new Locale("en", "US"));
        var last = description[(description.LastIndexOf(", ", StringComparison.Ordinal) is var comma && comma >= 0 ? comma + 2 : 0)..];
        return Codes.Contains(last) ? last : States.GetValueOrDefault(last);
    }
}
