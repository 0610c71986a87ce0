using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Notify.Jobs;

namespace Notify.Providers.Smtp.Checks;

/// <summary>Whether the envelope's domain says who may send for it, in a way receivers can follow, and whether we are among them (RFC 7208).</summary>
internal static class SpfCheck
{
    public static async Task<IReadOnlyList<CheckResult>> LookAsync(MailIdentity identity, Resolver resolver, CancellationToken cancellationToken)
    {
        var (what, who) = ($"SPF of {identity.Envelope}", $"SPF of {identity.Envelope} for {identity.Relay.Name}");
        var records = (await resolver.TextsAsync(identity.Envelope, cancellationToken)).Where(SpfRecord.Is).ToList();
        if (records is not [var record])
        {
            return
            [
                records.Count == 0
                    ? new CheckResult(what, CheckMark.Bad, $"there is no SPF record; publish {(identity.Addresses.Count > 0 ? "this one" : "one, with the name the relay's operator says to include")}", New(identity))
                    : new CheckResult(what, CheckMark.Bad, $"there are {Number(records.Count)} SPF records, and receivers then honour none (RFC 7208, 4.5); make one of them", Publish(identity, Merged(records))),
            ];
        }

        var walk = new SpfWalk(resolver, identity.Sender);
        var others = await walk.FollowAsync(identity.Envelope, null, cancellationToken);
        var line = Read(what, identity, record, walk, others);
        return line.Mark == CheckMark.Bad && others != SpfResult.Pass
            ? [line]
            : [line, await CoverAsync(identity, resolver, record, who, cancellationToken)];
    }

    private static CheckResult Read(string what, MailIdentity identity, string record, SpfWalk walk, SpfResult others)
    {
        if (walk.Faults.Count > 0)
        {
            return new CheckResult(what, CheckMark.Bad, $"receivers ignore it: {string.Join("; ", walk.Faults)}. Mend it; it now reads", Publish(identity, record));
        }

        if (walk.Lookups > SpfWalk.MostLookups)
        {
            return new CheckResult(what, CheckMark.Bad,
                $"it takes {Number(walk.Lookups)} questions to the DNS, and receivers stop after {Number(SpfWalk.MostLookups)} and ignore it (RFC 7208, 4.6.4); take includes out, or write their addresses as ip4: and ip6:. It now reads",
                Publish(identity, record));
        }

        if (others is SpfResult.Pass or SpfResult.Neutral)
        {
            return new CheckResult(what, others == SpfResult.Pass ? CheckMark.Bad : CheckMark.Warning,
                others == SpfResult.Pass ? "it lets everybody send in this name; end it with ~all" : "it says nothing about everybody else; end it with ~all",
                Publish(identity, WithEnd(record)));
        }

        string[] doubts =
        [
            .. walk.Voids > SpfWalk.MostVoids ? [$"{Number(walk.Voids)} of its names lead nowhere, and some receivers stop after {Number(SpfWalk.MostVoids)} (RFC 7208, 4.6.4)"] : (string[])[],
            .. walk.AsksForNames ? ["'ptr' is left out by some receivers (RFC 7208, 5.5)"] : (string[])[],
        ];
        return doubts.Length > 0
            ? new CheckResult(what, CheckMark.Warning, $"{string.Join("; ", doubts)}; take them out. It now reads", Publish(identity, record))
            : new CheckResult(what, CheckMark.Good, $"it ends with {(others == SpfResult.Fail ? "-all" : "~all")} and takes {Number(walk.Lookups)} of {Number(SpfWalk.MostLookups)} questions to the DNS");
    }

    private static async Task<CheckResult> CoverAsync(MailIdentity identity, Resolver resolver, string record, string what, CancellationToken cancellationToken)
    {
        if (identity.Addresses.Count == 0)
        {
            return identity.Unknown(what);
        }

        var missing = new List<IPAddress>();
        foreach (var address in identity.Addresses)
        {
            if (await new SpfWalk(resolver, identity.Sender).FollowAsync(identity.Envelope, address, cancellationToken) != SpfResult.Pass)
            {
                missing.Add(address);
            }
        }

        return missing.Count == 0
            ? new CheckResult(what, CheckMark.Good, $"it names {string.Join(" and ", identity.Addresses)}")
            : new CheckResult(what, CheckMark.Bad, $"it does not name {string.Join(" and ", missing)}, from which mails leave; make it", Publish(identity, With(record, missing)));
    }

    private static string New(MailIdentity identity) =>
        Publish(identity, identity.Addresses.Count > 0 ? With("v=spf1 ~all", identity.Addresses) : "v=spf1 include:… ~all");

    private static string Publish(MailIdentity identity, string record) => $"{identity.Envelope} TXT {record}";

    /// <summary>Mechanisms count from left to right, so what is new stands first.</summary>
    private static string With(string record, IEnumerable<IPAddress> addresses) => string.Join(' ',
        [record[..6], .. addresses.Select(address => $"{(address.AddressFamily == AddressFamily.InterNetwork ? "ip4" : "ip6")}:{address}"), .. Words(record)]);

    private static string Merged(IEnumerable<string> records) =>
        string.Join(' ', ["v=spf1", .. records.SelectMany(Words).Where(word => !IsAll(word)).Distinct(StringComparer.OrdinalIgnoreCase), "~all"]);

    private static string WithEnd(string record) => string.Join(' ', [record[..6], .. Words(record).Where(word => !IsAll(word)), "~all"]);

    private static IEnumerable<string> Words(string record) => record.Split(' ', StringSplitOptions.RemoveEmptyEntries).Skip(1);

    private static bool IsAll(string word) => word.TrimStart('+', '-', '~', '?').Equals("all", StringComparison.OrdinalIgnoreCase);

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);
}
