using System.Globalization;
using PhoneNumbers;

namespace Notify.Contacts;

/// <summary>Why a number was not taken, in words for the reader: what is wrong, and what to do next.</summary>
internal static class PhoneProblems
{
    public const string NotANumber = "That does not look like a phone number. Please enter its digits, with + and the country code if it is from abroad.";

    /// <summary>
    /// Types that cannot get texts, or that would cost the publication or the reader extra. North American numbers do not tell landlines from mobiles,
    /// so they pass (<c>FIXED_LINE_OR_MOBILE</c>); the provider finds out.
    /// </summary>
    public static string? OfType(PhoneNumberType type) => type switch
    {
        PhoneNumberType.MOBILE or PhoneNumberType.FIXED_LINE_OR_MOBILE or PhoneNumberType.VOIP => null,
        PhoneNumberType.FIXED_LINE => "That is a landline number, which cannot receive texts. Please enter a mobile number.",
        PhoneNumberType.TOLL_FREE => "That is a toll-free number, which cannot receive texts. Please enter a mobile number.",
        PhoneNumberType.PREMIUM_RATE => "That is a premium-rate number, which we do not send texts to. Please enter a mobile number.",
        PhoneNumberType.SHARED_COST => "That is a shared-cost number, which we do not send texts to. Please enter a mobile number.",
        PhoneNumberType.PERSONAL_NUMBER => "That is a forwarding number, which we do not send texts to. Please enter the mobile number itself.",
        PhoneNumberType.PAGER => "That is a pager number, which we do not send texts to. Please enter a mobile number.",
        PhoneNumberType.UAN => "That is a company's central number, which cannot receive texts. Please enter a mobile number.",
        PhoneNumberType.VOICEMAIL => "That is a voicemail number, which cannot receive texts. Please enter a mobile number.",
        _ => "That kind of number cannot receive texts. Please enter a mobile number.",
    };

    /// <summary>Every text costs money, so only countries the publication serves are taken.</summary>
    public static string? OfCountry(string region, string defaultRegion, IReadOnlyCollection<string> countries)
    {
        IReadOnlyCollection<string> served = countries.Count == 0 ? [defaultRegion] : countries;
        if (served.Contains(region, StringComparer.OrdinalIgnoreCase)) return null;
        return $"We cannot send texts to that country. We send to numbers in: {string.Join(", ", served.Select(NameOf))}. Please enter one of those, or use e-mail.";
    }

    public static string Incomplete(string defaultRegion) =>
        $"That is not a complete phone number. Please check it. If it is not from {NameOf(defaultRegion)}, start with + and the country code.";

    private static string NameOf(string region)
    {
        try
        {
            return new RegionInfo(region).EnglishName;
        }
        catch (ArgumentException)
        {
            return region; // A code of the configuration that this machine has no name for.
        }
    }
}
