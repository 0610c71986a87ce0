using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Serialization;
using Notify.Storage;
using Notify.Tests.Support;

namespace Notify.Tests.Stories;

/// <summary>A hundred thousand readers are being told something when something breaks.</summary>
public sealed class PriorityStory(PostgresServer postgres)
{
    private const int Readers = 100_000;
    private const int Connections = 20;
    private const int Rate = 100;

    /// <summary>How many of the breaking texts are waited for.</summary>
    private const int Seen = 200;

    private static readonly (string, string)[] Settings =
    [
        ("Twilio:Senders:0:Name", "texts"), ("Twilio:Senders:0:From", "+15005550006"), ("Twilio:Senders:0:SegmentsPerSecond", $"{Rate}"),
        ("Twilio:Senders:0:Concurrency", $"{Connections}"), ("Twilio:Senders:0:KeywordReplies", "App"),
    ];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory, ClassData<Databases>]
    public async Task What_breaks_reaches_its_first_reader_within_two_seconds_of_the_rate_and_goes_before_the_rest(DatabaseProvider database)
    {
        await using var room = await Newsroom.OpenAsync(database, postgres, Settings);
        await AddAsync(room);
        var digest = await room.PublishAsync("The digest of the week");
        await room.EventuallyAsync(async () => await room.AlertAsync(digest) is { Counts: { Decided: Readers, Sent: > 100 } }, "the digest is going out", seconds: 120);

        var (status, answer) = await room.PostArticleAsync(new { url = "https://yid-info.example/breaks", title = "This breaks", priority = "breaking" });
        List<Shown> breaking = [], shown = [];
        await room.EventuallyAsync(async () =>
        {
            shown = (await room.Handsets.GetFromJsonAsync<List<Shown>>("/handsets", Token))!;
            breaking = [.. shown.Where(text => text.Preview.Contains("This breaks", StringComparison.Ordinal)).OrderBy(text => text.At)];
            return breaking.Count >= Seen;
        }, "what breaks goes out", seconds: 120);

        Assert.Equal(HttpStatusCode.Created, status);
        // Counted and not timed: a slow machine sends slowly too, and the order holds all the same.
        var decided = await DecidedAsync(room, answer.GetProperty("alertId").GetGuid());
        TestContext.Current.TestOutputHelper?.WriteLine($"The first reader had it {(breaking[0].At - decided).TotalSeconds:0.00} s after it was decided on.");
        var before = shown.Count(text => text.Preview.Contains("digest", StringComparison.Ordinal) && text.At > decided && text.At < breaking[0].At);
        Assert.InRange(before, 0, 2 * Rate);
        // What was claimed before it came may still go, and nothing else.
        var between = shown.Count(text => text.Preview.Contains("digest", StringComparison.Ordinal) && text.At > breaking[0].At && text.At < breaking[Seen - 1].At);
        Assert.InRange(between, 0, 2 * Connections);
    }

    /// <summary>When the first of its rows was written.</summary>
    private static Task<DateTimeOffset> DecidedAsync(Newsroom room, Guid alert) => room.Database.WriteAsync(async write => (await write.QueryAsync(
        "SELECT MIN(created_at) FROM deliveries WHERE subject_id = @alert", row => row.Instant(0), ("alert", alert)))[0], Token);

    private static Task AddAsync(Newsroom room) => room.Database.WriteAsync(async write =>
    {
        var numbers = write.IsPostgres
            ? "SELECT n FROM generate_series(0, @last) n"
            : "WITH RECURSIVE count(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM count WHERE n < @last) SELECT n FROM count";
        await write.ExecuteAsync($"INSERT INTO contacts (hash, channel, address, created_at) SELECT 'made up ' || n, 1, '+1' || (6465000000 + n), 0 FROM ({numbers}) numbers", ("last", Readers - 1));
        await write.ExecuteAsync("""
            INSERT INTO subscriptions (contact_id, state, all_topics, breaking_at_night, locale, created_at, confirmed_at)
            SELECT id, 2, @yes, @no, 'en', 0, 0 FROM contacts
            """, ("yes", true), ("no", false));
        if (write.IsPostgres)
        {
            // Readers come one by one, and autovacuum keeps count; of a hundred thousand at once the planner knows nothing.
            await write.ExecuteAsync("ANALYZE contacts");
            await write.ExecuteAsync("ANALYZE subscriptions");
        }
    }, Token);

    private sealed record Shown(string Preview, [property: JsonPropertyName("last")] DateTimeOffset At);
}
