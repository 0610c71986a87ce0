using System.Text.Json;

namespace Notify.Tests.Sandbox;

public sealed class RestartTests : IDisposable
{
    private readonly string _log = Path.Combine(Path.GetTempPath(), $"carrier-{Guid.CreateVersion7():N}", "carrier.jsonl");

    [Fact]
    public async Task Handsets_mailboxes_and_blocks_are_as_they_were()
    {
        string before;
        await using (var carrier = await StartAsync())
        {
            await carrier.ArmAsync("""{ "blockOnStop": true }""");
            await carrier.SendAsync("Grüße 😀");
            await carrier.TextBackAsync("STOP");
            using var smtp = await SmtpConnection.GreetedAsync(carrier);
            await smtp.MailAsync("Reader@example.com", "From: news@example.org\r\nSubject: One\r\n\r\nHello");
            before = await PictureAsync(carrier);
        }

        await using var again = await StartAsync();
        using var refused = await again.PostTextAsync(("To", CarrierUnderTest.Reader), ("From", CarrierUnderTest.Sender), ("Body", "Hi"));

        Assert.Equal(before, await PictureAsync(again));
        Assert.Contains("One", before, StringComparison.Ordinal);
        Assert.Equal(21610, (await CarrierUnderTest.JsonAsync(refused)).GetProperty("code").GetInt32());
    }

    [Fact]
    public async Task A_line_torn_by_the_end_of_the_process_takes_nothing_else_with_it()
    {
        await using (var carrier = await StartAsync())
            await carrier.SendAsync("one");
        await File.AppendAllTextAsync(_log, """{"kind":"unknown","later":1}""" + "\n" + """{"kind":"text","text":{"sid":"SM12""", TestContext.Current.CancellationToken);

        await using (var carrier = await StartAsync())
            await carrier.SendAsync("two");
        await using var again = await StartAsync();

        Assert.Equal(["one", "two"], await again.BodiesAsync());
    }

    [Fact]
    public async Task Callbacks_that_were_still_to_come_are_made_up_for()
    {
        await using var app = await Receiver.StartAsync();
        await using (var carrier = await StartAsync())
        {
            await carrier.ArmAsync("""{ "on": "status", "delayMs": 600000 }""");
            await carrier.SendAsync(callback: app.Url);
        }

        await using var again = await StartAsync();
        var calls = await app.AwaitAsync(2);

        Assert.Equal(["sent", "delivered"], calls.Select(c => c.Status));
    }

    [Fact]
    public async Task What_was_emptied_stays_empty()
    {
        await using (var carrier = await StartAsync())
        {
            await carrier.SendAsync("one");
            using var emptied = await carrier.Http.DeleteAsync("/messages", TestContext.Current.CancellationToken);
            await carrier.SendAsync("two");
        }

        await using var again = await StartAsync();

        Assert.Equal(["two"], await again.BodiesAsync());
    }

    [Fact]
    public async Task A_text_is_on_disk_before_it_is_answered_for()
    {
        await using var carrier = await StartAsync();

        var sid = (await carrier.SendAsync("one")).GetProperty("sid").GetString()!;

        await using var file = new FileStream(_log, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(file);
        Assert.Contains(sid, await reader.ReadToEndAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(Path.GetDirectoryName(_log)!, recursive: true);

    private static async Task<string> PictureAsync(CarrierUnderTest carrier)
    {
        string[] paths = ["/handsets", $"/handsets/{CarrierUnderTest.Reader}/messages", "/mailboxes", "/mailboxes/reader@example.com/messages"];
        var all = new List<JsonElement>();
        foreach (var path in paths)
            all.Add(await carrier.GetAsync(path));
        return string.Join('\n', all.Select(e => e.GetRawText()));
    }

    private Task<CarrierUnderTest> StartAsync() => CarrierUnderTest.StartAsync(o => o with { LogFile = _log });
}
