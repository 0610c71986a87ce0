using System.Globalization;
using System.Net.Http.Json;
using Notify.Storage;
using Notify.Tests.Support;

namespace Notify.Tests.Stories;

/// <summary>Numbers that were given up belong to somebody else tomorrow: whoever had them gets no more texts there.</summary>
public sealed class DeactivationStories(PostgresServer postgres)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory, ClassData<Databases>]
    public async Task Whoever_gave_a_number_up_gets_no_more_texts_there(DatabaseProvider database)
    {
        await using var room = await Newsroom.OpenAsync(database, postgres);
        var (phones, _) = await room.AddReadersAsync(byText: 3, byMail: 1);
        var newest = DateOnly.FromDateTime(DateTime.UtcNow.AddHours(-6)).AddDays(-1);
        await ListAsync(room, newest, [phones[1], "not a number", "12125550199", .. Enumerable.Range(0, 2_000).Select(n => string.Create(CultureInfo.InvariantCulture, $"+1773{5_000_000 + n}"))]);
        // Missed for two days: the older list counts, too.
        await ListAsync(room, newest.AddDays(-1), [phones[2][2..]]);
        await AgainAsync(room, newest.AddDays(-2));

        await room.EventuallyAsync(async () => (await StoppedAsync(room)).Count == 2, "both are stopped", seconds: 60);
        var read = newest.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        await room.EventuallyAsync(async () => (await MarkAsync(room))[0].StartsWith(read, StringComparison.Ordinal), "the newest list was read to its end", seconds: 60);
        await room.FinishedAsync(await room.PublishAsync("Kim offers support"));

        Assert.Equal([phones[0]], (await room.TextCountsAsync()).Keys);
        Assert.All(await StoppedAsync(room), reason => Assert.Equal("provider: the number was given up", reason));
        Assert.Equal(2, (await room.QueryAsync("SELECT count(*) FROM consent_entries WHERE kind = 8", row => row.GetInt64(0)))[0]);
    }

    private static async Task ListAsync(Newsroom room, DateOnly day, IReadOnlyList<string> numbers)
    {
        using var answer = await room.Handsets.PostAsJsonAsync("/deactivations", new { date = day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture), numbers }, Token);
        Assert.True(answer.IsSuccessStatusCode);
    }

    /// <summary>As if it had last been read on that day, and this process had not asked yet.</summary>
    private static async Task AgainAsync(Newsroom room, DateOnly read)
    {
        await room.EventuallyAsync(async () => (await MarkAsync(room)).Count == 1, "it has asked at its start");
        await room.Database.WriteAsync(write => write.ExecuteAsync("UPDATE installation SET value = @value WHERE name = @name",
            ("name", "deactivated numbers read up to"), ("value", read.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) + " 0")), Token);
        await room.RestartAsync();
    }

    private static Task<IReadOnlyList<string>> StoppedAsync(Newsroom room) => room.QueryAsync("SELECT reason FROM suppressions ORDER BY contact_id", row => row.GetString(0));

    private static Task<IReadOnlyList<string>> MarkAsync(Newsroom room) => room.QueryAsync("SELECT value FROM installation WHERE name = 'deactivated numbers read up to'", row => row.GetString(0));
}
