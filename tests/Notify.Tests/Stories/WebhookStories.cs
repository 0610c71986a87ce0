using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Notify.Storage;
using Notify.Tests.Support;
using Notify.Web;

namespace Notify.Tests.Stories;

/// <summary>Webhooks from callers who hang up, and from those who are no provider at all.</summary>
public sealed class WebhookStories(PostgresServer postgres)
{
    private const string Phone = "+12125550143";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory, ClassData<Databases>]
    public async Task A_stop_is_stored_although_its_caller_has_hung_up(DatabaseProvider database)
    {
        await using var room = await Newsroom.OpenAsync(
            database, postgres, builder => builder.Services.AddSingleton<IStartupFilter, HangsUp>());

        await room.ReplyAsync(Phone, "STOP");

        await room.EventuallyAsync(
            async () => (await room.QueryAsync("SELECT count(*) FROM suppressions", row => row.GetInt64(0)))[0] == 1, "the stop is stored");
    }

    [Theory]
    [InlineData("application/json", "{}")]
    [InlineData("text/plain", "Body=STOP")]
    [InlineData("multipart/form-data; boundary=x", "--x")]
    [InlineData("multipart/form-data", "x")]
    [InlineData("application/x-www-form-urlencoded", "")]
    [InlineData("application/x-www-form-urlencoded", "Body=%zz&&==&%00")]
    [InlineData("", "Body=STOP")]
    public async Task A_caller_who_is_no_provider_is_shown_out_whatever_it_brings(string type, string body)
    {
        await using var room = await Newsroom.OpenAsync(DatabaseProvider.Sqlite, postgres);

        HttpStatusCode[] answers = [await PostAsync(room, "/webhooks/twilio/inbound", type, body), await PostAsync(room, "/webhooks/twilio/status/1", type, body)];

        Assert.Equal([HttpStatusCode.Forbidden, HttpStatusCode.Forbidden], answers);
    }

    /// <summary>The server's own form reader throws at a NUL, and the stop would be refused for good.</summary>
    [Theory, ClassData<Databases>]
    public async Task A_stop_with_a_NUL_in_it_is_a_stop(DatabaseProvider database)
    {
        await using var room = await Newsroom.OpenAsync(database, postgres);
        var (phones, _) = await room.AddReadersAsync(byText: 4, byMail: 0);

        var answers = new[]
        {
            await room.TextInAsync(phones[0], "+15005550006", "STOP\0"),
            await room.TextInAsync(phones[1], "+15005550006\0", "\0S\0T\0O\0P", ("\0", "\0")),
            await room.TextInAsync(phones[2], "+15005550006", "please\0 take me\0 off your list \0"),
        };
        var shown = await room.FinishedAsync(await room.PublishAsync("Kim offers support"));

        Assert.All(answers, answer => Assert.Equal((HttpStatusCode.OK, true), (answer.Status, answer.Reply?.Contains("no more texts", StringComparison.Ordinal))));
        Assert.Equal((1, 0), (shown.Counts.Sent, shown.Counts.Rejected));
        Assert.Equal(["local-texts"], (await room.QueryAsync("SELECT recipient FROM inbox", row => row.GetString(0))).Distinct());
    }

    [Theory, ClassData<Databases>]
    public async Task A_receipt_with_a_NUL_in_it_is_a_receipt(DatabaseProvider database)
    {
        await using var room = await Newsroom.OpenAsync(database, postgres);
        await room.AddReadersAsync(byText: 1, byMail: 0);
        await room.FaultAsync(new { on = "status", lose = true });
        var alert = await room.PublishAsync("Kim offers support");
        await room.FinishedAsync(alert);

        await room.TellAsync(1, "SM0123456789abcdef0123456789abcdef\0", "deliv\0ered");

        Assert.Equal(1, (await room.AlertAsync(alert)).Counts.Delivered);
    }

    [Fact]
    public async Task A_body_that_is_too_large_is_not_read()
    {
        await using var room = await Newsroom.OpenAsync(DatabaseProvider.Sqlite, postgres);

        var answer = await PostAsync(room, "/webhooks/twilio/inbound", "application/x-www-form-urlencoded", "Body=" + new string('9', 70_000));

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer);
    }

    [Fact]
    public async Task A_form_of_thousands_of_fields_is_shown_out_as_well()
    {
        await using var room = await Newsroom.OpenAsync(DatabaseProvider.Sqlite, postgres);
        var many = string.Join('&', Enumerable.Range(0, 3_000).Select(i => $"f{i}=1"));

        var answer = await PostAsync(room, "/webhooks/twilio/inbound", "application/x-www-form-urlencoded", many);

        Assert.Equal(HttpStatusCode.Forbidden, answer);
        Assert.Equal("Its form cannot be read.", room.Services.GetRequiredService<WebhookLog>().Latest[0].Why);
    }

    private static async Task<HttpStatusCode> PostAsync(Newsroom room, string path, string type, string body)
    {
        using var content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
        if (type.Length > 0)
        {
            content.Headers.TryAddWithoutValidation("Content-Type", type);
        }

        using var response = await room.Public.PostAsync(path, content, Token);
        return response.StatusCode;
    }

    /// <summary>The caller is gone as soon as its form has arrived.</summary>
    private sealed class HangsUp : IStartupFilter
    {
        public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
        {
            app.Use(async (context, rest) =>
            {
                if (context.Request.Path.StartsWithSegments("/webhooks", StringComparison.Ordinal))
                {
                    context.Request.EnableBuffering();
                    await context.Request.Body.CopyToAsync(Stream.Null, context.RequestAborted);
                    context.Request.Body.Position = 0;
                    context.RequestAborted = new CancellationToken(canceled: true);
                }

                await rest(context);
            });
            next(app);
        };
    }
}
