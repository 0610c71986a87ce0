using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Notify.Alerts;
using Notify.Consent;
using Notify.Contacts;
using Notify.Deliveries;
using Notify.Storage;
using Notify.Tests.Support;

namespace Notify.Tests.Stories;

/// <summary>A subscription that nothing is sent to is nowhere called active: not to operators, not to programs, not to the reader.</summary>
public sealed class SuppressedStories(PostgresServer postgres)
{
    private const string Blocked = "+12125550143";
    private const string GivenUp = "+12125550144";
    private const string Paused = "+12125550145";
    private const string Well = "+12125550146";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory, ClassData<Databases>]
    public async Task Whom_the_provider_blocks_and_whose_number_was_given_up_is_shown_as_suppressed(DatabaseProvider database)
    {
        await using var room = await Newsroom.OpenAsync(database, postgres, ("Publication:Topics:0:Key", "world"), ("Publication:Topics:0:Name", "World"));
        foreach (var phone in (string[])[Blocked, GivenUp, Paused, Well])
        {
            await room.SignUpAndConfirmTextAsync(phone);
        }

        Assert.Equal((4, 0), await room.Services.GetRequiredService<Audience>().CountAsync([], Token));
        await room.ReplyAsync(Paused, "PAUSE");
        await GiveUpAsync(room, GivenUp);
        await room.FaultAsync(new { on = "create", to = Blocked, status = 400, code = 21610 });
        await room.FinishedAsync(await room.PublishAsync("Kim offers support"));

        Assert.Equal(("suppressed", "provider: opted out at the provider"), await ShownAsync(room, Blocked));
        Assert.Equal(("suppressed", "provider: the number was given up"), await ShownAsync(room, GivenUp));
        Assert.Equal(("paused", "paused by the reader"), await ShownAsync(room, Paused));
        Assert.Equal(("active", null), await ShownAsync(room, Well));
        Assert.Equal((1, 0), await room.Services.GetRequiredService<Audience>().CountAsync([], Token));

        // What the reader is told agrees, and the reader's own word ends it.
        Assert.DoesNotContain("World", (await room.ReplyAsync(Blocked, "LIST")).Reply!, StringComparison.Ordinal);
        Assert.Contains("World", (await room.ReplyAsync(Paused, "LIST")).Reply!, StringComparison.Ordinal);
        await room.ReplyAsync(Blocked, "START World");
        Assert.Equal(("active", null), await ShownAsync(room, Blocked));
        Assert.Contains("World", (await room.ReplyAsync(Blocked, "LIST")).Reply!, StringComparison.Ordinal);
    }

    /// <summary>As programs and the evidence document have it: state and reason.</summary>
    private static async Task<(string? State, string? Reason)> ShownAsync(Newsroom room, string phone)
    {
        var reader = await room.Api.GetFromJsonAsync<JsonElement>($"/api/subscribers?contact={Uri.EscapeDataString(phone)}", Token);
        var evidence = await room.Api.GetFromJsonAsync<JsonElement>($"/api/evidence?contact={Uri.EscapeDataString(phone)}", Token);
        Assert.Equal(Part(reader), Part(evidence));
        return Part(reader);

        static (string? State, string? Reason) Part(JsonElement file)
        {
            var suppressions = file.GetProperty("suppressions").EnumerateArray().ToList();
            var state = file.GetProperty("subscription").GetProperty("state").GetString();
            Assert.Equal(state == "paused", suppressions.Any(s => s.GetProperty("until").ValueKind != JsonValueKind.Null));
            return (state, suppressions.Count == 0 ? null : suppressions.Single().GetProperty("reason").GetString());
        }
    }

    /// <summary>As the provider's nightly list has it.</summary>
    private static Task GiveUpAsync(Newsroom room, string phone)
    {
        var hash = room.Services.GetRequiredService<ContactBook>().Hash(new ContactPoint(Channel.Text, phone));
        return room.Database.WriteAsync(async write => await LaneLedger.SuppressAsync(
            write, room.Services.GetRequiredService<Ledger>(), await write.ScalarAsync<long>("SELECT id FROM contacts WHERE hash = @hash", ("hash", hash)), Channel.Text, "the number was given up"), Token);
    }
}
