using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace Notify.Contacts;

/// <summary>
/// One mailbox, <c>local@domain</c>: no name, no list, no quotes, nothing that could end a header line. The local part stays as typed (only the
/// receiving server knows whether case matters, RFC 5321 section 2.4) and may be non-ASCII (RFC 6531); the domain is lowercase and in punycode.
/// </summary>
public sealed record EmailAddress
{
    // RFC 5321 section 4.5.3.1: 64 octets before the @, 256 for the path with its angle brackets.
    private const int LongestLocalPart = 64;
    private const int LongestAddress = 254;

    private const string Example = "such as reader@example.com";
    private const string NotAnAddress = $"That is not a complete e-mail address. Please check it; it should look like name, @, domain, {Example}.";
    private const string BadDomain = "The part after the @ is not a domain that can receive mail. Please check it for typing mistakes.";
    private const string TooLong = "That e-mail address is too long. Please check it for typing mistakes.";

    private EmailAddress(string value)
    {
        Value = value;
        Key = KeyOf(value);
    }

    /// <summary>The address as mail is sent to it.</summary>
    public string Value { get; }

    /// <summary>The address as it is compared and found again: without case, because no provider that matters tells readers apart by it.</summary>
    public string Key { get; }

    /// <summary>Reads what a reader typed.</summary>
    /// <param name="raw">As typed; blanks around it are fine.</param>
    /// <param name="address">The address, when it can be used.</param>
    /// <param name="problem">Otherwise a sentence or two for the reader: what is wrong, and what to do next.</param>
    public static bool TryParse(string? raw, [NotNullWhen(true)] out EmailAddress? address, [NotNullWhen(false)] out string? problem)
    {
        address = null;
        problem = FindProblem(raw, out var value);
        if (problem is not null) return false;

        address = new EmailAddress(value);
        return true;
    }

    /// <summary>Nothing but the last label, so that a careless log line gives nobody away; a domain can be a person's own.</summary>
    public override string ToString() => Mask(Value);

    internal static string KeyOf(string value) => value.ToLowerInvariant();

    internal static string Mask(string value) => $"…@…{value[Math.Max(value.LastIndexOf('.'), value.Length - 64)..]}";

    private static string? FindProblem(string? raw, out string value)
    {
        value = "";
        var text = (raw ?? "").Trim(' ', '\t', '\u00A0', '\u200B', '\u200E', '\u200F', '\uFEFF');
        if (text.Length == 0) return "Please enter an e-mail address.";
        if (text.Length > LongestAddress) return TooLong;
        if (text.EnumerateRunes().Any(IsInvisible)) return "That e-mail address contains invisible characters. Please type it instead of pasting it.";
        if (text.AsSpan().ContainsAny('<', '>', '"')) return $"Please enter only the address, {Example}, without a name, brackets or quotes.";
        if (text.AsSpan().ContainsAny(',', ';') || text.Count(c => c == '@') > 1) return $"Please enter one e-mail address only, {Example}.";
        if (text.Any(char.IsWhiteSpace)) return "An e-mail address has no blanks in it. Please check it.";
        if (text.IndexOf('@', StringComparison.Ordinal) is not (> 0 and var at) || at == text.Length - 1) return NotAnAddress;

        var local = text[..at].Normalize();
        if (!IsLocalPart(local)) return "The part before the @ contains something that an e-mail address cannot have. Please check it for typing mistakes.";
        if (Encoding.UTF8.GetByteCount(local) > LongestLocalPart) return TooLong;
        if (MailDomain.ToAscii(text[(at + 1)..]) is not { } domain) return BadDomain;

        value = $"{local}@{domain}";
        return Encoding.UTF8.GetByteCount(value) > LongestAddress ? TooLong : null;
    }

    // RFC 5322 section 3.2.3, dot-atom; beyond ASCII (RFC 6531 section 3.3 would take anything) letters, marks and digits, and none that is only
    // another shape of a plain one: full-width letters come from a keyboard in the wrong mode.
    private static bool IsLocalPart(string local) =>
        local is [not '.', ..] and [.., not '.']
        && !local.Contains("..", StringComparison.Ordinal)
        && local.EnumerateRunes().All(rune => rune.IsAscii ? IsAtom((char)rune.Value) || rune.Value == '.' : Rune.IsLetterOrDigit(rune) || IsMark(rune))
        && local.IsNormalized(NormalizationForm.FormKC);

    private static bool IsAtom(char c) => char.IsAsciiLetterOrDigit(c) || "!#$%&'*+-/=?^_`{|}~".Contains(c, StringComparison.Ordinal);

    private static bool IsMark(Rune rune) => Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark;

    // A lone surrogate is enumerated as U+FFFD: a broken character is as bad as an invisible one.
    private static bool IsInvisible(Rune rune) =>
        rune == Rune.ReplacementChar
        || Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator
            or UnicodeCategory.ParagraphSeparator or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned;
}
