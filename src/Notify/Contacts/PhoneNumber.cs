using System.Diagnostics.CodeAnalysis;
using PhoneNumbers;
using LibraryNumber = PhoneNumbers.PhoneNumber;

namespace Notify.Contacts;

/// <summary>
/// A phone number in E.164: a plus sign, a country code and the rest, digits only, at most fifteen of them (ITU-T E.164).
/// Readers' input becomes one through <see cref="TryParse"/>, which says what to do next when it does not.
/// </summary>
public sealed record PhoneNumber
{
    // Nobody writes a number this long; what is longer is not worth looking at.
    private const int LongestInput = 64;

    private static readonly PhoneNumberUtil Library = PhoneNumberUtil.GetInstance();

    private PhoneNumber(string value) => Value = value;

    /// <summary>The number in E.164, such as <c>+12125550143</c>.</summary>
    public string Value { get; }

    /// <summary>
    /// The ISO 3166 code of the country the number belongs to, <c>001</c> for numbers of no country (satellite, international freephone),
    /// <c>ZZ</c> when nobody has that country code. Looked up each time: the numbering plans change, a stored number does not.
    /// </summary>
    public string Region => ReadLibraryNumber(Value, PhoneText.NoRegion) is { } number ? RegionOf(number) : PhoneText.NoRegion;

    /// <summary>Takes a number that was parsed before, from the database; only its shape is looked at.</summary>
    /// <exception cref="FormatException">The value does not have the shape of E.164.</exception>
    public static PhoneNumber FromE164(string value)
    {
        if (!PhoneText.IsE164(value)) throw new FormatException("A stored phone number does not have the shape of E.164.");
        return new PhoneNumber(value);
    }

    /// <summary>Reads what a reader typed into the form: a number that can get texts, in one of the countries the publication serves.</summary>
    /// <param name="raw">As typed; blanks, brackets, dashes, invisible marks and digits of other scripts are fine.</param>
    /// <param name="defaultRegion">ISO 3166 code of the country a number without a country code belongs to.</param>
    /// <param name="countries">ISO 3166 codes of the countries served; none means only <paramref name="defaultRegion"/>, because every text costs money.</param>
    /// <param name="number">The number, when it can be used.</param>
    /// <param name="problem">Otherwise one or two sentences for the reader: what is wrong, and what to do next.</param>
    public static bool TryParse(
        string? raw,
        string defaultRegion,
        IReadOnlyCollection<string> countries,
        [NotNullWhen(true)] out PhoneNumber? number,
        [NotNullWhen(false)] out string? problem)
    {
        number = null;
        problem = FindProblem(raw, defaultRegion, countries, out var parsed);
        if (problem is not null) return false;

        number = new PhoneNumber(Library.Format(parsed!, PhoneNumberFormat.E164));
        return true;
    }

    /// <summary>
    /// Reads any number that could exist: what an operator looks up, or whom an inbound text came from. A stop must be recorded for a number
    /// no opt-in would accept, so neither its type nor its country matters here. Short codes and names of senders are not numbers.
    /// </summary>
    public static bool TryParseAny(string? raw, string defaultRegion, [NotNullWhen(true)] out PhoneNumber? number)
    {
        number = null;
        if (raw is null || raw.Length > LongestInput || PhoneText.Read(raw, out var text) != PhoneText.Shape.Number) return false;
        if (PhoneText.IsE164(text))
        {
            number = new PhoneNumber(text);
            return true;
        }

        if (ReadLibraryNumber(text, defaultRegion) is not { } parsed) return false;
        if (Library.IsPossibleNumberWithReason(parsed) != PhoneNumberUtil.ValidationResult.IS_POSSIBLE) return false;

        var value = Library.Format(parsed, PhoneNumberFormat.E164);
        if (!PhoneText.IsE164(value)) return false;
        number = new PhoneNumber(value);
        return true;
    }

    /// <summary>Only the last two digits, so that a careless log line gives nobody away.</summary>
    public override string ToString() => $"…{Value[^2..]}";

    private static string? FindProblem(string? raw, string defaultRegion, IReadOnlyCollection<string> countries, out LibraryNumber? parsed)
    {
        parsed = null;
        if (string.IsNullOrWhiteSpace(raw)) return "Please enter a phone number.";
        if (raw.Length > LongestInput) return PhoneProblems.NotANumber;

        var shape = PhoneText.Read(raw, out var text);
        if (shape == PhoneText.Shape.Empty) return "Please enter a phone number.";
        if (shape == PhoneText.Shape.Extension) return "A number with an extension cannot receive texts. Please enter a mobile number without an extension.";
        if (shape == PhoneText.Shape.Other) return PhoneProblems.NotANumber;

        parsed = ReadLibraryNumber(text, defaultRegion);
        if (parsed is null || !Library.IsValidNumber(parsed)) return PhoneProblems.Incomplete(defaultRegion);
        return PhoneProblems.OfCountry(RegionOf(parsed), defaultRegion, countries) ?? PhoneProblems.OfType(Library.GetNumberType(parsed));
    }

    private static LibraryNumber? ReadLibraryNumber(string text, string defaultRegion)
    {
        try
        {
            return Library.Parse(text, defaultRegion);
        }
        catch (NumberParseException)
        {
            return null; // The library has no TryParse; this is how it says no.
        }
    }

    private static string RegionOf(LibraryNumber number) =>
        Library.GetRegionCodeForNumber(number) ?? Library.GetRegionCodeForCountryCode(number.CountryCode) ?? PhoneText.NoRegion;
}
