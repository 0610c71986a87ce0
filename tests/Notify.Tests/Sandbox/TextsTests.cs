using System.Text.Json;

namespace Notify.Tests.Sandbox;

public sealed class TextsTests
{
    private const string Messages = $"/2010-04-01/Accounts/{CarrierUnderTest.Account}/Messages";

    [Fact]
    public async Task A_text_that_is_taken_is_answered_and_shows_on_the_handset()
    {
        await using var carrier = await CarrierUnderTest.StartAsync();

        var created = await carrier.SendAsync("Fire at the harbour");
        var shown = (await carrier.GetAsync($"/handsets/{CarrierUnderTest.Reader}/messages"))[0];

        Assert.Equal("queued", created.GetProperty("status").GetString());
        Assert.Equal("1", created.GetProperty("num_segments").GetString());
        Assert.Equal(JsonValueKind.Null, created.GetProperty("price").ValueKind);
        Assert.Equal(created.GetProperty("sid").GetString(), shown.GetProperty("id").GetString());
        Assert.Equal(["id", "at", "direction", "from", "to", "body", "segments"], shown.EnumerateObject().Select(p => p.Name));
        Assert.Equal("toReader", shown.GetProperty("direction").GetString());
        Assert.Equal("Fire at the harbour", shown.GetProperty("body").GetString());
        Assert.EndsWith("Z", shown.GetProperty("at").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_messaging_service_accepts_first_and_picks_its_number_later()
    {
        await using var carrier = await CarrierUnderTest.StartAsync();
        const string Service = "MG0123456789abcdef0123456789abcdef";

        using var response = await carrier.PostTextAsync(("To", CarrierUnderTest.Reader), ("MessagingServiceSid", Service), ("Body", "Hello"));
        var created = await CarrierUnderTest.JsonAsync(response);

        Assert.Equal("accepted", created.GetProperty("status").GetString());
        Assert.Equal("0", created.GetProperty("num_segments").GetString());
        Assert.Equal(JsonValueKind.Null, created.GetProperty("from").ValueKind);
        Assert.Equal(Service, created.GetProperty("messaging_service_sid").GetString());
    }

    [Theory]
    [InlineData("", "+15005550006", "Hi", 21604)]
    [InlineData("+15551234567", "", "Hi", 21603)]
    [InlineData("+15551234567", "+15005550006", "", 21602)]
    [InlineData("5551234567", "+15005550006", "Hi", 21211)]
    [InlineData("+15551234567", "+15005550001", "Hi", 21212)]
    [InlineData("+15551234567", "+15005550007", "Hi", 21606)]
    [InlineData("+15551234567", "+15005550008", "Hi", 21611)]
    [InlineData("+15551234567", "not a number at all", "Hi", 21212)]
    [InlineData("+15005550001", "+15005550006", "Hi", 21211)]
    [InlineData("+15005550002", "+15005550006", "Hi", 21612)]
    [InlineData("+15005550003", "+15005550006", "Hi", 21408)]
    [InlineData("+15005550004", "+15005550006", "Hi", 21610)]
    [InlineData("+15005550009", "+15005550006", "Hi", 21614)]
    public async Task What_the_provider_refuses_is_refused_with_its_code(string to, string from, string body, int code)
    {
        await using var carrier = await CarrierUnderTest.StartAsync();

        using var response = await carrier.PostTextAsync(("To", to), ("From", from), ("Body", body));
        var error = await CarrierUnderTest.JsonAsync(response);

        Assert.Equal(400, (int)response.StatusCode);
        Assert.Equal(code, error.GetProperty("code").GetInt32());
        Assert.Equal(400, error.GetProperty("status").GetInt32());
        Assert.EndsWith($"/{code}", error.GetProperty("more_info").GetString(), StringComparison.Ordinal);
        Assert.Empty((await carrier.GetAsync("/handsets")).EnumerateArray());
    }

    [Fact]
    public async Task A_body_may_have_1600_characters_and_no_more()
    {
        await using var carrier = await CarrierUnderTest.StartAsync();

        await carrier.SendAsync(new string('a', 1600));
        using var response = await carrier.PostTextAsync(("To", CarrierUnderTest.Reader), ("From", CarrierUnderTest.Sender), ("Body", new string('a', 1601)));

        Assert.Equal(21617, (await CarrierUnderTest.JsonAsync(response)).GetProperty("code").GetInt32());
    }

    [Theory]
    [InlineData(CarrierUnderTest.Account, CarrierUnderTest.Token, 201)]
    [InlineData(CarrierUnderTest.Account, "second-token", 201)]
    [InlineData("SK0123456789abcdef0123456789abcdef", "key-secret", 201)]
    [InlineData(CarrierUnderTest.Account, "key-secret", 401)]
    [InlineData(CarrierUnderTest.Account, "wrong", 401)]
    [InlineData("AC99999999999999999999999999999999", CarrierUnderTest.Token, 401)]
    [InlineData("SK0123456789abcdef0123456789abcdef", CarrierUnderTest.Token, 401)]
    public async Task Only_who_has_a_token_or_a_key_may_send(string user, string password, int status)
    {
        await using var carrier = await CarrierUnderTest.StartAsync();
        carrier.Http.DefaultRequestHeaders.Authorization = CarrierUnderTest.Basic(user, password);

        using var response = await carrier.PostTextAsync(("To", CarrierUnderTest.Reader), ("From", CarrierUnderTest.Sender), ("Body", "Hi"));

        Assert.Equal(status, (int)response.StatusCode);
        if (status == 401)
            Assert.Equal(20003, (await CarrierUnderTest.JsonAsync(response)).GetProperty("code").GetInt32());
    }

    [Fact]
    public async Task Messages_are_listed_newest_first_page_by_page_while_others_arrive()
    {
        await using var carrier = await CarrierUnderTest.StartAsync();
        foreach (var body in (string[])["one", "two", "three"])
            await carrier.SendAsync(body);
        await carrier.SendAsync("elsewhere", to: "+15559999999");

        var first = await carrier.GetAsync($"{Messages}.json?To=%2B15551234567&PageSize=2");
        await carrier.SendAsync("four");
        var second = await carrier.GetAsync(first.GetProperty("next_page_uri").GetString()!);

        Assert.Equal(["three", "two"], Bodies(first));
        Assert.Equal(["one"], Bodies(second));
        Assert.Equal(JsonValueKind.Null, second.GetProperty("next_page_uri").ValueKind);
        Assert.Equal(["elsewhere"], Bodies(await carrier.GetAsync($"{Messages}.json?To=%2B15559999999&From=%2B15005550006")));
    }

    [Fact]
    public async Task A_message_is_fetched_emptied_and_deleted_while_the_handset_keeps_it()
    {
        await using var app = await Receiver.StartAsync();
        await using var carrier = await CarrierUnderTest.StartAsync();
        var sid = (await carrier.SendAsync("Secret", callback: app.Url)).GetProperty("sid").GetString();
        await app.AwaitAsync(2);

        var fetched = await carrier.GetAsync($"{Messages}/{sid}.json");
        using var emptied = await carrier.PostAsync($"{Messages}/{sid}.json", ("Body", ""));
        using var deleted = await carrier.Http.DeleteAsync($"{Messages}/{sid}.json", TestContext.Current.CancellationToken);
        using var gone = await carrier.Http.GetAsync($"{Messages}/{sid}.json", TestContext.Current.CancellationToken);

        Assert.Equal("delivered", fetched.GetProperty("status").GetString());
        Assert.Equal("", (await CarrierUnderTest.JsonAsync(emptied)).GetProperty("body").GetString());
        Assert.Equal(204, (int)deleted.StatusCode);
        Assert.Equal(404, (int)gone.StatusCode);
        Assert.Equal(20404, (await CarrierUnderTest.JsonAsync(gone)).GetProperty("code").GetInt32());
        Assert.Equal(["Secret"], await carrier.BodiesAsync());
    }

    [Fact]
    public async Task A_scheduled_message_is_cancelled_and_never_arrives()
    {
        await using var carrier = await CarrierUnderTest.StartAsync();
        var later = TimeProvider.System.GetUtcNow().AddHours(1).ToString("o");
        using var response = await carrier.PostTextAsync(
            ("To", CarrierUnderTest.Reader), ("MessagingServiceSid", "MG0123456789abcdef0123456789abcdef"), ("Body", "Later"), ("ScheduleType", "fixed"), ("SendAt", later));
        var scheduled = await CarrierUnderTest.JsonAsync(response);

        using var cancelled = await carrier.PostAsync($"{Messages}/{scheduled.GetProperty("sid").GetString()}.json", ("Status", "canceled"));

        Assert.Equal("scheduled", scheduled.GetProperty("status").GetString());
        Assert.Equal("canceled", (await CarrierUnderTest.JsonAsync(cancelled)).GetProperty("status").GetString());
        Assert.Empty(await carrier.BodiesAsync());
    }

    [Theory]
    [InlineData("160 basic", "a", 160, 1)]
    [InlineData("161 basic", "a", 161, 2)]
    [InlineData("306 basic", "a", 306, 2)]
    [InlineData("307 basic", "a", 307, 3)]
    [InlineData("70 others", "ú", 70, 1)]
    [InlineData("71 others", "ú", 71, 2)]
    [InlineData("135 others", "ú", 135, 3)]
    public async Task Segments_are_counted_as_they_are_billed(string what, string character, int times, int segments)
    {
        await using var carrier = await CarrierUnderTest.StartAsync();

        var created = await carrier.SendAsync(string.Concat(Enumerable.Repeat(character, times)));

        Assert.True(segments.ToString(System.Globalization.CultureInfo.InvariantCulture) == created.GetProperty("num_segments").GetString(), what);
    }

    private static IEnumerable<string?> Bodies(JsonElement page) => page.GetProperty("messages").EnumerateArray().Select(m => m.GetProperty("body").GetString());
}
