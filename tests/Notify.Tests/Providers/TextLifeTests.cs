using Microsoft.AspNetCore.WebUtilities;
using Notify.Deliveries;
using Notify.Storage;
using Notify.Tests.Support;
using NSubstitute;

namespace Notify.Tests.Providers;

/// <summary>How long a text may lie at the provider: by default ten hours, past the night, the news and a STOP.</summary>
public sealed class TextLifeTests(PostgresServer postgres)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("00:00:00", "900")]
    [InlineData("00:20:00", "1200")]
    [InlineData("01:00:00", "3600")]
    [InlineData("10:00:00", "14400")]
    public async Task A_text_is_given_up_by_the_provider_when_its_life_is_over(string life, string seconds)
    {
        var text = new OutgoingText(7, "texts", "+16465550123", "Kim offers support", 1) { Life = TimeSpan.Parse(life, null) };

        using var request = TwilioDoubtTests.Texts(new Uri("https://provider.example")).CreateRequest(text);
        var form = QueryHelpers.ParseQuery(await request.Content!.ReadAsStringAsync(Token));

        Assert.Equal(seconds, form["ValidityPeriod"]);
    }

    /// <summary>News is worth an hour; an answer as long as its row lives.</summary>
    [Theory, ClassData<Databases>]
    public async Task The_life_of_a_text_is_what_its_row_has_left(DatabaseProvider database)
    {
        var clock = new ManualClock();
        var sender = Workbench.Texts with { PerSecond = 1_000_000 };
        await using var bench = await Workbench.OpenAsync(database, postgres, [sender], clock);
        var readers = await bench.AddReadersAsync(1);
        await bench.PublishAsync("Kim offers support");
        await bench.RunLaneAsync(sender, stopping: Token);
        await bench.PublishAsync("Another");
        clock.Advance(TimeSpan.FromHours(23.5));
        await bench.RunLaneAsync(sender, stopping: Token);
        await bench.WriteAsync(async write =>
        {
            await bench.Get<PostOffice>().QueueReplyAsync(write, Guid.CreateVersion7(), readers[0], "texts", "You are unsubscribed.", TimeSpan.FromHours(5));
            return 0;
        });
        await bench.RunLaneAsync(sender, stopping: Token);

        var lives = bench.Provider.ReceivedCalls().Where(call => call.GetMethodInfo().Name == nameof(ITakeMessages.SendAsync)).Select(call => ((OutgoingText)call.GetArguments()[0]!).Life);
        Assert.Equal([TimeSpan.FromHours(1), TimeSpan.FromHours(0.5), TimeSpan.FromHours(5)], lives);
    }
}
