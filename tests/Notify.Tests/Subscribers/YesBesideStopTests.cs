using System.Net;
using Notify.Consent;
using Notify.Contacts;
using Notify.Inbound;
using Notify.Storage;
using Notify.Subscribers;
using Notify.Tests.Support;

namespace Notify.Tests.Subscribers;

/// <summary>A yes and a stop of one number, taken in at one moment by two processes.</summary>
public sealed class YesBesideStopTests(PostgresServer postgres)
{
    private const string Phone = "+12125550143";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>On PostgreSQL the yes has its time before the stop has its own, and waits for it; on SQLite there is one at a time.</summary>
    [Theory, ClassData<Databases>]
    public async Task A_yes_that_comes_before_a_stop_and_is_read_after_it_lifts_nothing(DatabaseProvider database)
    {
        await using var bench = await Workbench.OpenAsync(database, postgres);
        var signUp = bench.Get<SignUpReader>().Read(new SignUpRequest { Phone = Phone, Consent = true }, out _);
        Assert.True(await bench.Get<Subscriptions>().OptInAsync(signUp!, new Visitor(IPAddress.Loopback, null), "form", Token));
        Task<string?> StopAsync() => bench.Get<Inbox>().ReceiveAsync(new InboundMessage("test", "SM1", PhoneNumber.FromE164(Phone), "texts", "STOP", ProviderAnswers: false), Token);
        if (!bench.Database.IsPostgres)
        {
            await StopAsync();
        }

        var (asked, confirmed) = await bench.WriteAsync(async write =>
        {
            var now = await write.NowAsync();
            if (bench.Database.IsPostgres)
            {
                while (await bench.Database.NowAsync(Token) <= now)
                {
                    // The stop comes a millisecond later.
                }

                await StopAsync();
            }

            // As the inbox does it.
            var contact = await bench.Get<ContactBook>().FindOrAddAsync(write, new ContactPoint(Channel.Text, Phone));
            return (await Subscriptions.IsAskedAsync(write, contact),
                await bench.Get<Subscriptions>().ConfirmAsync(write, contact, "hash", Channel.Text, "reply", new ConsentEvidence()));
        });

        Assert.Equal((false, false), (asked, confirmed));
        Assert.Equal((1, 0), (await bench.CountAsync("suppressions WHERE until IS NULL"), await bench.CountAsync("subscriptions")));
    }
}
