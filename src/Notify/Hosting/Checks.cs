using Microsoft.Extensions.Options;
using Notify.Contacts;
using Notify.Deliveries;
using Notify.Jobs;
using Notify.Publication;
using Notify.Storage;
using Notify.Web;

namespace Notify.Hosting;

/// <summary>The doctor's first look: database, clock, what the publication must have, the way out and the way in.</summary>
internal sealed class Checks(
    Database database, Schema schema, TimeProvider clock, Senders senders, IOptions<PublicationOptions> site, IConfiguration configuration, SandboxSettings sandbox) : ICheck
{
    /// <summary>More than this between two machines and a log of both is hard to read; leases go by the database's clock alone.</summary>
    private static readonly TimeSpan MaxSkew = TimeSpan.FromSeconds(5);

    public async Task<IReadOnlyList<CheckResult>> CheckAsync(CancellationToken cancellationToken)
    {
        var results = new List<CheckResult>();
        try
        {
            results.Add(schema.IsCurrent()
                ? new CheckResult("database", true, $"{(database.IsPostgres ? "PostgreSQL" : "SQLite")} answers and has the newest schema")
                : new CheckResult("database", false, "the schema is older than this build; run migrate"));
            var skew = (await database.NowAsync(cancellationToken) - clock.GetUtcNow()).Duration();
            results.Add(new CheckResult("clock", skew < MaxSkew, skew < MaxSkew
                ? "this machine and the database agree"
                : $"this machine and the database are {skew.TotalSeconds:0} s apart; let a time service set both"));
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            results.Add(new CheckResult("database", false, $"it does not answer ({e.GetType().Name}); look at Database:ConnectionString"));
        }

        AddPublication(results);
        AddSenders(results);
        AddWebhooks(results);
        return results;
    }

    private void AddPublication(List<CheckResult> results)
    {
        var o = site.Value;
        string[] missing = [.. new (string Key, string Value)[]
            {
                ("PostalAddress", o.PostalAddress), ("SupportContact", o.SupportContact), ("TermsUrl", o.TermsUrl), ("PrivacyUrl", o.PrivacyUrl),
            }.Where(p => p.Value.Length == 0).Select(p => "Publication:" + p.Key)];
        results.Add(missing.Length == 0
            ? new CheckResult("publication", true, $"{o.Name}, {o.Topics.Count} topics, numbers of {string.Join(", ", o.AllowedCountries)}")
            : new CheckResult("publication", false, $"set {string.Join(", ", missing)}; the law and the carriers want them"));
    }

    private void AddSenders(List<CheckResult> results)
    {
        foreach (var channel in Enum.GetValues<Channel>())
        {
            if (!senders.Has(channel))
            {
                results.Add(new CheckResult($"senders ({channel})", false, "none is configured, so readers of this channel get nothing"));
            }
        }

        foreach (var sender in senders.All)
        {
            results.Add(new CheckResult($"sender {sender.Name}", true, $"{sender.PerSecond:0.##} a second over {sender.Slots} lane(s)"));
        }
    }

    private void AddWebhooks(List<CheckResult> results)
    {
        var address = configuration["PublicUrl"];
        var isGood = sandbox.IsEnabled || (Uri.TryCreate(address, UriKind.Absolute, out var url) && url.Scheme == "https");
        results.Add(new CheckResult("webhooks", isGood, isGood
            ? $"signed for {address ?? "the address listened on"}"
            : "PublicUrl must be the https address the provider calls, or its signatures cannot be verified"));
    }
}
