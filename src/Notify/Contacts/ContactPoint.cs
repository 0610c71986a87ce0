using System.Diagnostics.CodeAnalysis;

namespace Notify.Contacts;

/// <summary>Where one reader is reached: a number or an address, already parsed.</summary>
/// <param name="Channel">Which of the two.</param>
/// <param name="Value">The E.164 number, or the address as mail is sent to it.</param>
public sealed record ContactPoint(Channel Channel, string Value)
{
    /// <summary>What two spellings of the same contact have in common; unique together with the channel.</summary>
    public string Key => Channel == Channel.Mail ? EmailAddress.KeyOf(Value) : Value;

    /// <summary>The country of a number, ISO 3166; null for mail.</summary>
    public string? Region => Channel == Channel.Text ? PhoneNumber.FromE164(Value).Region : null;

    public static ContactPoint Of(PhoneNumber number) => new(Channel.Text, number.Value);

    public static ContactPoint Of(EmailAddress address) => new(Channel.Mail, address.Value);

    /// <summary>Reads an operator's look-up box: an e-mail address if it has an @, else any phone number that could exist.</summary>
    public static bool TryParse(string? raw, string defaultRegion, [NotNullWhen(true)] out ContactPoint? contact)
    {
        contact = null;
        if (raw is null) return false;

        if (raw.Contains('@', StringComparison.Ordinal))
        {
            if (EmailAddress.TryParse(raw, out var address, out _)) contact = Of(address);
            return contact is not null;
        }

        if (PhoneNumber.TryParseAny(raw, defaultRegion, out var number)) contact = Of(number);
        return contact is not null;
    }

    /// <summary>Masked: the last two digits, or the last label of the domain.</summary>
    public override string ToString() => Channel == Channel.Mail ? EmailAddress.Mask(Value) : $"…{Value[^Math.Min(2, Value.Length)..]}";
}
