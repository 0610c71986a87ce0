using Notify.Jobs;

namespace Notify.Providers.Smtp.Checks;

/// <summary>Whether the domain readers see has a policy, and whether what SPF and DKIM vouch for is that domain (RFC 9989).</summary>
internal static class DmarcCheck
{
    public static async Task<IReadOnlyList<CheckResult>> LookAsync(MailIdentity identity, Resolver resolver, CancellationToken cancellationToken)
    {
        var what = $"DMARC of {identity.From}";
        var tree = await DmarcTree.WalkAsync(identity.From, resolver, cancellationToken);
        if (tree.Doubled is { } doubled)
        {
            return [new CheckResult(what, CheckMark.Bad, $"there is more than one record at _dmarc.{doubled}, and receivers then honour none; leave one of them")];
        }

        if (tree.Effective is not { } record)
        {
            return [new CheckResult(what, CheckMark.Bad, "there is no policy, and large mailbox providers refuse news without one; publish this, and read the reports", Publish(identity.From, $"v=DMARC1; p=none; rua={Reports(identity.From)}"))];
        }

        return [Policy(what, record, identity), await AlignmentAsync(identity, tree, record, resolver, cancellationToken)];
    }

    private static CheckResult Policy(string what, DmarcRecord record, MailIdentity identity)
    {
        var at = record.Domain == identity.From ? "" : $", which it has from {record.Domain}";
        return record.PolicyFor(identity.From) switch
        {
            "none" when !record.Tags.ContainsKey("rua") => new CheckResult(what, CheckMark.Warning, $"p=none{at} only watches, and without rua= nobody tells you what was seen; publish", Publish(record.Domain, With(record.Tags, "rua", Reports(record.Domain)))),
            "none" => new CheckResult(what, CheckMark.Good, $"p=none{at}: receivers report and do nothing; when the reports show no mail but yours, make it p=quarantine"),
            ("quarantine" or "reject") and var policy => new CheckResult(what, CheckMark.Good, $"p={policy}{at}{(record.Tags.ContainsKey("rua") ? "" : "; with rua=mailto:… receivers would report who else sends in this name")}"),
            null => new CheckResult(what, CheckMark.Warning, $"the record{at} has no p=, and older receivers then ignore it; publish", Publish(record.Domain, With(record.Tags, "p", "none"))),
            var other => new CheckResult(what, CheckMark.Bad, $"p={other}{at} is none of none, quarantine and reject; publish", Publish(record.Domain, With(record.Tags, "p", "none"))),
        };
    }

    private static async Task<CheckResult> AlignmentAsync(MailIdentity identity, DmarcTree tree, DmarcRecord record, Resolver resolver, CancellationToken cancellationToken)
    {
        var what = $"alignment of {identity.Relay.Name}";
        var bySpf = await IsAlignedAsync(identity.Envelope, record.Tags.GetValueOrDefault("aspf") == "s");
        if (identity.Relay.Dkim is not { } dkim)
        {
            return bySpf
                ? new CheckResult(what, CheckMark.Good, $"the envelope's {identity.Envelope} counts as {identity.From}; let the relay's signature do so too, for mail that is forwarded")
                : new CheckResult(what, CheckMark.Warning, $"the envelope's {identity.Envelope} does not count as {identity.From}{Strict("aspf")}, so all depends on the relay's signature: it must be with d={identity.From}. Or set BounceDomain to {identity.From} or a domain below it");
        }

        var byDkim = await IsAlignedAsync(dkim.Domain.ToLowerInvariant(), record.Tags.GetValueOrDefault("adkim") == "s");
        return (byDkim, bySpf) switch
        {
            (true, true) => new CheckResult(what, CheckMark.Good, $"the signature's {dkim.Domain} and the envelope's {identity.Envelope} count as {identity.From}"),
            (true, false) => new CheckResult(what, CheckMark.Good, $"the signature's {dkim.Domain} counts as {identity.From}; the envelope's {identity.Envelope} does not{Strict("aspf")}"),
            (false, true) => new CheckResult(what, CheckMark.Warning, $"only the envelope's {identity.Envelope} counts as {identity.From}, which is lost when mail is forwarded: sign with Dkim:Domain {identity.From}{Strict("adkim")}"),
            _ => new CheckResult(what, CheckMark.Bad, $"neither the signature's {dkim.Domain} nor the envelope's {identity.Envelope} counts as {identity.From}, so every mail fails DMARC: sign with Dkim:Domain {identity.From}"),
        };

        string Strict(string tag) => record.Tags.GetValueOrDefault(tag) == "s" ? $" ({tag}=s wants it exactly)" : "";

        async Task<bool> IsAlignedAsync(string domain, bool isStrict) => domain == identity.From
            || (!isStrict && (await DmarcTree.WalkAsync(domain, resolver, cancellationToken)).Organisation == tree.Organisation);
    }

    private static string Publish(string at, string record) => $"_dmarc.{at} TXT {record}";

    private static string Reports(string domain) => $"mailto:dmarc@{domain}";

    /// <summary>The record with one tag changed; version and policy stand first, as older readers want them.</summary>
    private static string With(IReadOnlyDictionary<string, string> tags, string tag, string value) =>
        string.Join("; ", new Dictionary<string, string>(tags, StringComparer.Ordinal) { [tag] = value }.OrderBy(one => one.Key switch { "v" => 0, "p" => 1, _ => 2 }).Select(one => $"{one.Key}={one.Value}"));
}
