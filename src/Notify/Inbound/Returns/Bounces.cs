namespace Notify.Inbound.Returns;

/// <summary>The recipients of a report on a delivery.</summary>
internal static class Bounces
{
    /// <summary>RFC 3464, 2.3.1 and 2.3.2; the one that starts with X is Sendmail's.</summary>
    private static readonly string[] Names = ["Final-Recipient", "X-Actual-Recipient", "Original-Recipient"];

    /// <summary>By the parts for machines (RFC 3464), wherever they stand; the prose helps where they are short.</summary>
    public static List<ReturnedRecipient> Reported(Dissection parts)
    {
        var prose = new Prose(parts.Lines);
        var groups = parts.Groups.Where(IsRecipient).ToList();
        if (groups.Count == 0)
        {
            groups = Pasted(parts.Lines);
        }

        var failed = Addresses(parts.Header.All("X-Failed-Recipients"));
        return [.. groups.Take(Prose.MostRecipients).Select(group => Verdict.On(AccountOf(AddressOf(group) ?? (groups.Count == 1 ? failed.FirstOrDefault() : null), group, prose, isOnly: groups.Count == 1, parts)))];
    }

    /// <summary>By what is said to people, in a mail that says what it is.</summary>
    public static List<ReturnedRecipient> Told(Dissection parts)
    {
        var prose = new Prose(parts.Lines);
        var own = OfTheReporter(parts);
        var addresses = Addresses(parts.Header.All("X-Failed-Recipients"));
        addresses = addresses.Count > 0 ? addresses : [.. prose.Addresses.Except(own, StringComparer.OrdinalIgnoreCase)];
        addresses = addresses.Count > 0 ? addresses : Mentioned(parts, own);
        addresses = addresses.Count > 0 ? addresses : Addresses(parts.Original.All("To"));
        return Judged(addresses, prose, parts);
    }

    /// <summary>By what is said to people, in a mail that may be anything a program or a postmaster writes: only where it says of a recipient why.</summary>
    public static List<ReturnedRecipient> Hinted(Dissection parts)
    {
        var prose = new Prose(parts.Lines);
        var judged = Judged([.. prose.Addresses.Except(OfTheReporter(parts), StringComparer.OrdinalIgnoreCase)], prose, parts);
        return judged.TrueForAll(one => one.Reason is not (ReturnReason.OnHold or ReturnReason.Undefined)) ? judged : [];
    }

    private static List<ReturnedRecipient> Judged(List<string> addresses, Prose prose, Dissection parts) =>
        [.. addresses.Take(Prose.MostRecipients).Select(address => Verdict.On(AccountOf(address, Fields.None, prose, isOnly: addresses.Count == 1, parts)))];

    private static List<string> OfTheReporter(Dissection parts) => Addresses([parts.Header["From"] ?? "", parts.Header["Reply-To"] ?? ""]);

    private static Account AccountOf(string? address, Fields fields, Prose prose, bool isOnly, Dissection parts)
    {
        var own = prose.Of(address);
        own = own.Length == 0 && fields["Original-Recipient"] is { } original ? prose.Of(Prose.FirstAddress(original)) : own;
        return new Account(address)
        {
            Fields = fields,
            Reporter = parts.Groups.Select(group => group["Reporting-MTA"]).FirstOrDefault(name => name is not null),
            Prose = own,
            Shared = isOnly ? $"{string.Join('\n', parts.Lines)}\n{parts.Header["Subject"]}" : prose.Shared,
            IsOnly = isOnly,
        };
    }

    private static bool IsRecipient(Fields group) => group["Final-Recipient"] is not null || group["Original-Recipient"] is not null;

    // RFC 3464, 2.3.2: type; address. A path on a disk or a telephone number is none of ours, and a name behind the gateway says nothing outside.
    private static string? AddressOf(Fields group)
    {
        string[] addresses = [.. Names.Select(name => group[name]).OfType<string>().Select(Prose.FirstAddress).OfType<string>()];
        return Array.Find(addresses, address => address.LastIndexOf('.') > address.LastIndexOf('@')) ?? addresses.FirstOrDefault();
    }

    /// <summary>Groups of RFC 3464 that stand in a text, because a gateway knew no better or a mail was pasted.</summary>
    private static List<Fields> Pasted(IReadOnlyList<string> lines)
    {
        var groups = new List<Fields>();
        for (var i = 0; i < lines.Count && groups.Count <= Prose.MostRecipients; i++)
        {
            if (lines[i].StartsWith("Reporting-MTA:", StringComparison.OrdinalIgnoreCase) || (groups.Count > 0 && Fields.NameOf(lines[i]) is not null))
            {
                var group = Fields.Parse(lines.Skip(i));
                i += lines.Skip(i).TakeWhile(line => !string.IsNullOrWhiteSpace(line)).Count();
                groups.Add(group);
            }
        }

        return [.. groups.Where(IsRecipient)];
    }

    // Last resort: whoever is named at all, but neither who reports nor who is reported to; the header of our mail last.
    private static List<string> Mentioned(Dissection parts, List<string> own)
    {
        var ours = own.Concat(Addresses(parts.Header.All("To"))).Concat(Addresses(parts.Header.All("Return-Path"))).ToList();
        return [.. parts.Lines.Where(line => !Begins(line, "From")).OrderBy(line => Begins(line, "To:") || Begins(line, "Cc:"))
            .Select(line => Prose.FirstAddress(line)).OfType<string>().Except(ours, StringComparer.OrdinalIgnoreCase).Take(1)];
    }

    private static bool Begins(string line, string word) => line.AsSpan().TrimStart().StartsWith(word, StringComparison.OrdinalIgnoreCase);

    private static List<string> Addresses(IEnumerable<string> texts) =>
        [.. texts.SelectMany(text => text.Split(',')).Select(Prose.FirstAddress).OfType<string>().Distinct(StringComparer.OrdinalIgnoreCase)];
}
