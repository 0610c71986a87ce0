namespace Notify.Providers.Smtp.Checks;

/// <param name="Domain">Where it stands.</param>
/// <param name="Tags">What it says.</param>
internal sealed record DmarcRecord(string Domain, IReadOnlyDictionary<string, string> Tags)
{
    /// <summary>What receivers are to do with mail that fails, from a domain it stands at or one below it.</summary>
    public string? PolicyFor(string domain) => domain != Domain && Tags.TryGetValue("sp", out var below) ? below : Tags.GetValueOrDefault("p");
}

/// <summary>
/// The DMARC records at a domain and at those above it. They also say what an organisation is (RFC 9989, 4.10), which needs no list of
/// registries; receivers that use such a list (RFC 7489) come to the same wherever a registry has published no record of its own.
/// </summary>
/// <param name="Domain">Where the walk began.</param>
/// <param name="Records">From there upwards.</param>
/// <param name="Doubled">A domain with more than one record, which count for nothing; null when there is none.</param>
internal sealed record DmarcTree(string Domain, IReadOnlyList<DmarcRecord> Records, string? Doubled)
{
    /// <summary>RFC 9989, 4.10: so many names are asked for at most.</summary>
    private const int MostNames = 8;

    /// <summary>The record that counts for the domain: its own, else its organisation's, else that of the registry above it.</summary>
    public DmarcRecord? Effective =>
        Records.FirstOrDefault(record => record.Domain == Domain) ?? Records.FirstOrDefault(record => record.Domain == Organisation) ?? Records.FirstOrDefault(IsRegistry);

    /// <summary>The highest domain with a record, unless one says that it is it, or that it is a registry's.</summary>
    public string Organisation
    {
        get
        {
            foreach (var record in Records)
            {
                if (record.Tags.GetValueOrDefault("psd") == "n")
                {
                    return record.Domain;
                }

                if (IsRegistry(record) && record.Domain != Domain)
                {
                    return string.Join('.', Domain.Split('.').TakeLast(record.Domain.Split('.').Length + 1));
                }
            }

            return Records.Count > 0 ? Records[^1].Domain : Domain;
        }
    }

    public static async Task<DmarcTree> WalkAsync(string domain, Resolver resolver, CancellationToken cancellationToken)
    {
        var labels = domain.Split('.');
        // Of very long names only the seven nearest the top are walked up.
        string[] names = [domain, .. Enumerable.Range(1, labels.Length - 1).Select(cut => string.Join('.', labels[cut..])).TakeLast(MostNames - 1)];
        var records = new List<DmarcRecord>();
        string? doubled = null;
        foreach (var name in names)
        {
            var found = (await resolver.TextsAsync($"_dmarc.{name}", cancellationToken)).Where(Is).Select(Tags.Parse).ToList();
            doubled ??= found.Count > 1 ? name : null;
            if (found is not [{ } tags])
            {
                continue;
            }

            records.Add(new DmarcRecord(name, tags));
            if (tags.GetValueOrDefault("psd") is "y" or "n")
            {
                break;
            }
        }

        return new DmarcTree(domain, records, doubled);
    }

    private static bool IsRegistry(DmarcRecord record) => record.Tags.GetValueOrDefault("psd") == "y";

    private static bool Is(string text) => text.Split(';')[0].Replace(" ", "", StringComparison.Ordinal) == "v=DMARC1";
}
