using Notify.Jobs;

namespace Notify.Providers.Smtp.Checks;

/// <summary>Whether each key that signs here, or will, is published as its other half (RFC 6376, 3.6.2).</summary>
internal static class DkimCheck
{
    public static async Task<IReadOnlyList<CheckResult>> LookAsync(MailIdentity identity, Resolver resolver, CancellationToken cancellationToken)
    {
        if (identity.Relay.Dkim is not { } dkim)
        {
            return [new CheckResult($"DKIM of {identity.From}", CheckMark.Skipped, $"mails are not signed here, so {identity.Relay.Name} must: send yourself one and look for dkim=pass with d={identity.From}; or set Dkim")];
        }

        using var key = DkimKey.ReadRsa(dkim.KeyFile);
        var lines = new List<CheckResult> { await LookAsync(dkim.Domain, dkim.Selector, key, resolver, cancellationToken) };
        if (dkim.Next is { } next)
        {
            using var coming = DkimKey.ReadRsa(next.KeyFile);
            lines.Add(Next(await LookAsync(dkim.Domain, next.Selector, coming, resolver, cancellationToken), dkim, next));
        }

        if (dkim.Ed25519 is { } second)
        {
            using var small = DkimKey.ReadEd25519(second.KeyFile);
            lines.Add(await LookAsync(dkim.Domain, second.Selector, small, resolver, cancellationToken));
        }

        return lines;
    }

    private static async Task<CheckResult> LookAsync(string domain, string selector, DkimKey key, Resolver resolver, CancellationToken cancellationToken)
    {
        var name = $"{selector}._domainkey.{domain}".ToLowerInvariant();
        var (what, record) = ($"DKIM of {domain} ({selector})", $"{name} TXT {key.Record}");
        var texts = await resolver.TextsAsync(name, cancellationToken);
        if (texts is not [var text])
        {
            return new CheckResult(what, CheckMark.Bad, texts.Count == 0
                ? "its key is not published, so its signatures cannot be verified; publish"
                : "there is more than one record, and receivers then choose as they like; leave only", record);
        }

        if (DkimRecord.Parse(text, out var problem) is not { } published)
        {
            return new CheckResult(what, CheckMark.Bad, $"the record cannot be used: {problem}; make it", record);
        }

        if (published.Key.Length == 0)
        {
            return new CheckResult(what, CheckMark.Bad, "the key is revoked (p= is empty); publish it, or sign with another", record);
        }

        if (published.Type != key.Type || !key.IsPublishedAs(published.Key))
        {
            return new CheckResult(what, CheckMark.Bad, $"published is {published.Describe()}: not that of KeyFile, so its signatures cannot be verified; make it", record);
        }

        return published.IsTesting
            ? new CheckResult(what, CheckMark.Warning, "the key is right, but the record says it is a test (t=y), and receivers need not count it; take t=y out", record)
            : new CheckResult(what, CheckMark.Good, "the key of KeyFile is published");
    }

    /// <summary>Nothing is signed with it yet, so nothing is wrong; but switching to it would be.</summary>
    private static CheckResult Next(CheckResult line, DkimOptions dkim, DkimKeyOptions next) => line with
    {
        What = line.What + ", comes next",
        Mark = line.Mark == CheckMark.Bad ? CheckMark.Warning : line.Mark,
        Says = line.IsGood
            ? $"the key is published: make {next.Selector} the Selector, and leave the record of {dkim.Selector} where it is for a week, for mails on their way"
            : $"do not sign with it yet: {line.Says}",
    };
}
