using System.Net;
using AngleSharp.Dom;
using AngleSharp.Html.Parser;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Notify.Contacts;
using Notify.Deliveries;
using Notify.Hosting;
using Notify.Operators;
using Notify.Storage;
using Notify.Subscribers;
using Notify.Tests.Support;
using Notify.Web;

namespace Notify.Tests.Subscribers;

/// <summary>The readers' pages on a free port, with a database of their own and nobody who sends: what a page did stays as it did it.</summary>
internal sealed class PagesHost : IAsyncDisposable
{
    public const string Phone = "+12025550143";
    public const string Email = "reader@example.com";

    private const string CountRows = """
        SELECT 'contacts=' || (SELECT count(*) FROM contacts) || ' opt_ins=' || (SELECT count(*) FROM opt_ins)
          || ' subscriptions=' || (SELECT count(*) FROM subscriptions) || ' subscription_topics=' || (SELECT count(*) FROM subscription_topics)
          || ' suppressions=' || (SELECT count(*) FROM suppressions) || ' consent_entries=' || (SELECT count(*) FROM consent_entries)
          || ' disclosures=' || (SELECT count(*) FROM disclosures) || ' deliveries=' || (SELECT count(*) FROM deliveries) AS "Value"
        """;

    private readonly WebApplication _app;
    private readonly DirectoryInfo _folder;

    private PagesHost(WebApplication app, DirectoryInfo folder)
    {
        (_app, _folder) = (app, folder);
        var address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        Http = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false, UseCookies = false }) { BaseAddress = new Uri(address) };
    }

    public HttpClient Http { get; }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static Task<PagesHost> StartAsync(params string[] settings) => StartAsync(null, settings);

    /// <param name="postgres">Null: SQLite.</param>
    /// <param name="settings">Such as <c>--Publication:Locale=he</c>.</param>
    public static async Task<PagesHost> StartAsync(PostgresServer? postgres, params string[] settings)
    {
        var folder = Directory.CreateTempSubdirectory("notify-pages-");
        var provider = postgres is null ? DatabaseProvider.Sqlite : DatabaseProvider.Postgres;
        string[] database = [$"--Database:Provider={provider}", $"--Database:ConnectionString={await ReadyDatabase.OpenAsync(provider, postgres!, folder.FullName)}"];
        var app = NotifyApp.Build(
            [
                "--environment=Development", "--urls=http://127.0.0.1:0", $"--Data:Folder={folder.FullName}", "--Sandbox:Enabled=false", "--Limits:FormSeconds=0", "--Demo=false",
                "--Publication:Name=The Example", "--Publication:Url=https://news.example", "--Publication:Locale=en",
                "--Publication:TermsUrl=https://news.example/terms", "--Publication:PrivacyUrl=https://news.example/privacy",
                "--Publication:SupportContact=help@news.example", "--Publication:PostalAddress=1 Paper Row, Springfield",
                "--Publication:Topics:0:Key=politics", "--Publication:Topics:0:Name=Politics", "--Publication:Topics:1:Key=world-news", "--Publication:Topics:1:Name=World News",
                "--Publication:Topics:2:Key=health", "--Publication:Topics:2:Name=Health", "--Publication:Topics:3:Key=sports", "--Publication:Topics:3:Name=Sports",
                "--Smtp:Relays:0:Name=mail", "--Smtp:Relays:0:Host=127.0.0.1", "--Smtp:Relays:0:Port=9", "--Smtp:Relays:0:Security=None", "--Smtp:Relays:0:From=news@example.com",
                "--Twilio:Senders:0:Name=text", "--Twilio:Senders:0:From=+15005550006", "--Twilio:BaseUrl=http://127.0.0.1:9", "--Twilio:AuthTokens:0=a-token",
                "--Twilio:AccountSid=AC0123456789abcdef0123456789abcdef",
                .. database, .. settings,
            ],
            HostRole.Web,
            Hosts.LeaveNothing);
        await app.StartAsync(Token);
        return new PagesHost(app, folder);
    }

    public T Get<T>() where T : notnull => _app.Services.GetRequiredService<T>();

    public async Task<Answer> GetAsync(string path, string? referer = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (referer is not null)
            request.Headers.TryAddWithoutValidation("Referer", referer);

        using var response = await Http.SendAsync(request, Token);
        return await Answer.ReadAsync(response);
    }

    public async Task<Answer> PostAsync(string path, HttpContent? content)
    {
        using var response = await Http.PostAsync(path, content, Token);
        return await Answer.ReadAsync(response);
    }

    /// <summary>A browser sending the sign-up form.</summary>
    public async Task<Answer> SubmitAsync(params (string Name, string Value)[] fields)
    {
        (string Name, string Value)[] all = fields.Any(f => f.Name == "form") ? fields : [.. fields, ("form", Get<FormTokens>().Make())];
        using var content = new FormUrlEncodedContent(all.Select(f => KeyValuePair.Create(f.Name, f.Value)));
        return await PostAsync("/subscribe", content);
    }

    /// <summary>Signs a mail address up; the path of the link that its confirmation has.</summary>
    public async Task<string> SignUpByMailAsync(string email = Email)
    {
        var answer = await SubmitAsync(("email", email), ("consent", "true"));
        Assert.Equal(HttpStatusCode.OK, answer.Status);
        return await ConfirmLinkAsync();
    }

    /// <summary>The path of the unsubscribe link of the newest contact that signed up.</summary>
    public async Task<string> UnsubscribeLinkAsync()
    {
        await using var db = Get<Database>().Read();
        var newest = await db.OptIns.AsNoTracking().OrderByDescending(o => o.Id).FirstAsync(Token);
        return "/u/" + Get<LinkTokens>().Make(LinkPurpose.Unsubscribe, newest.ContactId);
    }

    /// <summary>How many rows each table holds, as one text to compare.</summary>
    public async Task<string> RowsAsync()
    {
        await using var db = Get<Database>().Read();
        return await db.Database.SqlQueryRaw<string>(CountRows).SingleAsync(Token);
    }

    public async Task<SubscriptionState?> StateAsync()
    {
        await using var db = Get<Database>().Read();
        return (await db.Subscriptions.AsNoTracking().SingleOrDefaultAsync(Token))?.State;
    }

    /// <summary>The path of the link that the newest request's confirmation has.</summary>
    public async Task<string> ConfirmLinkAsync()
    {
        await using var db = Get<Database>().Read();
        var newest = await db.OptIns.AsNoTracking().OrderByDescending(o => o.Id).FirstAsync(Token);
        return "/confirm/" + Get<LinkTokens>().Make(LinkPurpose.Confirm, newest.Id);
    }

    public async Task<int> DeliveriesAsync()
    {
        await using var db = Get<Database>().Read();
        return await db.Deliveries.CountAsync(Token);
    }

    /// <summary>The topics of the one subscription, in their order.</summary>
    public async Task<string> TopicsAsync()
    {
        await using var db = Get<Database>().Read();
        return string.Join(' ', await db.SubscriptionTopics.Select(t => t.Topic).OrderBy(t => t).ToListAsync(Token));
    }

    /// <summary>A stop that came by letter.</summary>
    public Task RevokeAsync(string email) =>
        Get<Revocations>().RecordAsync(new ContactPoint(Channel.Mail, email), "letter", null, "an editor", Token);

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _app.EndAsync();
        SqliteConnection.ClearAllPools();
        _folder.Delete(recursive: true);
    }
}

/// <summary>What came back, as a browser reads it.</summary>
internal sealed record Answer(HttpStatusCode Status, string? Type, string Html, IReadOnlyDictionary<string, string> Headers)
{
    public IDocument Page { get; } = new HtmlParser().ParseDocument(Html);

    public string Text => string.Join(' ', Page.Body!.TextContent.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

    /// <summary>The text of the one element that matches, blanks folded.</summary>
    public string TextOf(string selector) =>
        string.Join(' ', Assert.Single(Page.QuerySelectorAll(selector)).TextContent.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

    public static async Task<Answer> ReadAsync(HttpResponseMessage response) => new(
        response.StatusCode,
        response.Content.Headers.ContentType?.MediaType,
        await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken),
        response.Headers.ToDictionary(h => h.Key, h => string.Join(", ", h.Value), StringComparer.OrdinalIgnoreCase));
}
