using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Notify.Storage;
using Notify.Tests.Support;

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

    [Fact]
    public async Task A_form_of_thousands_of_fields_is_shown_out_as_well()
    {
        await using var room = await Newsroom.OpenAsync(DatabaseProvider.Sqlite, postgres);
        var many = string.Join('&', Enumerable.Range(0, 3_000).Select(i => $"f{i}=1"));

        var answer = await PostAsync(room, "/webhooks/twilio/inbound", "application/x-www-form-urlencoded", many);

        Assert.Equal(HttpStatusCode.Forbidden, answer);
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
                    await context.Request.ReadFormAsync(context.RequestAborted);
                    context.RequestAborted = new CancellationToken(canceled: true);
                }

                await rest(context);
            });
            next(app);
        };
    }
}
