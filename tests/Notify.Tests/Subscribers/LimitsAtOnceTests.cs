using System.Globalization;
using System.Net;
using Notify.Storage;
using Notify.Subscribers;
using Notify.Tests.Support;

namespace Notify.Tests.Subscribers;

/// <summary>The form's limits hold however many sign-ups come at one moment.</summary>
public sealed class LimitsAtOnceTests(PostgresServer postgres)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory, ClassData<Databases>]
    public async Task Of_fifty_at_once_no_more_pass_than_a_limit_lets(DatabaseProvider database)
    {
        await using var bench = await Workbench.OpenAsync(database, postgres, settings:
            [("Limits:OptInsPerNetworkPerHour", "10"), ("Limits:OptInsPerNetworkPerDay", "15"), ("Limits:OptInsPerNumberBlockPerHour", "10")]);

        // One network and a block for each number, then a network each and one block.
        var ofNetwork = await PassedAsync(bench, n => (IPAddress.Parse("192.0.2.7"), Number(300 + n, 1)));
        var ofBlock = await PassedAsync(bench, n => (IPAddress.Parse(string.Create(CultureInfo.InvariantCulture, $"198.51.{n}.7")), Number(555, n)));

        Assert.Equal((10, 10), (ofNetwork, ofBlock));
        Assert.Equal(20, await bench.CountAsync("opt_ins"));
        // An hour later the day's limit is next.
        await bench.ExecuteAsync("UPDATE sign_up_counts SET minute = -(minute - 61)");
        await bench.ExecuteAsync("UPDATE sign_up_counts SET minute = -minute");
        Assert.Equal(5, await PassedAsync(bench, n => (IPAddress.Parse("192.0.2.8"), Number(400 + n, 1))));
    }

    private static async Task<int> PassedAsync(Workbench bench, Func<int, (IPAddress, string)> who)
    {
        var passed = await Task.WhenAll(Enumerable.Range(0, 50).Select(n => Task.Run(() =>
        {
            var (address, phone) = who(n);
            var signUp = bench.Get<SignUpReader>().Read(new SignUpRequest { Phone = phone, Consent = true }, out var errors);
            Assert.True(signUp is not null, string.Join(' ', errors.SelectMany(e => e.Value)));
            return bench.Get<Subscriptions>().OptInAsync(signUp, new Visitor(address, null), "api", Token);
        }, Token)));
        return passed.Count(p => p);
    }

    private static string Number(int exchange, int line) => string.Create(CultureInfo.InvariantCulture, $"+1212{exchange}{line:0000}");
}
