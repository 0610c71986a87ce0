using Notify.Deliveries;
using Notify.Storage;
using Notify.Tests.Support;
using NSubstitute;

namespace Notify.Tests.Deliveries;

/// <summary>A text in doubt is looked for under the words it was sent with.</summary>
public sealed class SaidTests(PostgresServer postgres)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory, ClassData<Databases>]
    public async Task A_text_in_doubt_is_looked_for_under_the_words_it_left_with_whatever_its_article_says_now(DatabaseProvider database)
    {
        var clock = new ManualClock();
        await using var bench = await Workbench.OpenAsync(database, postgres, clock: clock);
        await bench.AddReadersAsync(1);
        await bench.PublishAsync("Kim offers support");
        bench.Answers(new SendOutcome.InDoubt("no answer"));
        await bench.RunLaneAsync(stopping: Token);
        var sent = bench.Provider.ReceivedCalls().SelectMany(call => call.GetArguments()).OfType<OutgoingText>().Single().Body;

        await bench.ExecuteAsync("UPDATE articles SET title = 'Renamed'");
        clock.Advance(TimeSpan.FromMinutes(2));
        await bench.SettleAsync();

        var asked = bench.Provider.ReceivedCalls().SelectMany(call => call.GetArguments()).OfType<MessageInDoubt>().Single();
        Assert.Contains("Kim offers support", sent, StringComparison.Ordinal);
        Assert.Equal([sent], asked.Words);
    }

    [Theory, ClassData<Databases>]
    public async Task The_same_words_are_kept_once_by_however_many(DatabaseProvider database)
    {
        await using var bench = await Workbench.OpenAsync(database, postgres);
        await bench.AddReadersAsync(1);
        var source = await bench.PublishAsync("Kim offers support");

        await Task.WhenAll(Enumerable.Range(0, 20).Select(i => new Said(bench.Database).KeepAsync(source, i % 2 == 0 ? "one" : "other")));

        Assert.Equal(["one", "other"], (await bench.Get<Said>().OfAsync(source, Token)).Order(StringComparer.Ordinal));
    }
}
