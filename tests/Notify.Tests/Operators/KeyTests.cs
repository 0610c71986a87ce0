using System.Net;
using System.Net.Http.Json;
using Notify.Operators;
using Notify.Web;

namespace Notify.Tests.Operators;

public sealed class KeyTests
{
    private static readonly object Article = new { url = "https://yid-info.example/1", title = "One" };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>What can be asked, with the scope it takes; an id that is not there is as good as any.</summary>
    public static TheoryData<string, string, string> Addresses => new()
    {
        { "GET", "/api/deliveries?contact=a@example.com", Policies.SubscribersRead },
        { "GET", "/api/subscribers?contact=a@example.com", Policies.SubscribersRead },
        { "POST", "/api/revocations", Policies.SubscribersWrite },
        { "POST", "/api/articles", Policies.ArticlesWrite },
        { "GET", "/api/alerts/01a20a36-b95b-789c-8731-954af3b8e842", Policies.AlertsRead },
        { "POST", "/api/alerts/01a20a36-b95b-789c-8731-954af3b8e842/pause", Policies.AlertsWrite },
        { "POST", "/api/sending/pause", Policies.AlertsWrite },
    };

    [Theory, MemberData(nameof(Addresses))]
    public async Task Each_address_takes_its_scope_and_no_other(string method, string address, string scope)
    {
        await using var notify = await OpsHost.StartAsync();
        var keys = notify.Get<ApiKeys>();
        var right = await keys.CreateAsync("right", [scope], Token);
        var wrong = await keys.CreateAsync("wrong", [.. ApiKeys.Scopes.Where(s => s != scope && s != Policies.Admin)], Token);

        Assert.Equal(HttpStatusCode.Unauthorized, await AskAsync(notify.Browser(), method, address));
        Assert.Equal(HttpStatusCode.Unauthorized, await AskAsync(notify.Program("ntf_nonsense"), method, address));
        Assert.Equal(HttpStatusCode.Forbidden, await AskAsync(notify.Program(wrong), method, address));
        Assert.True(await AskAsync(notify.Program(right), method, address) is not (HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden));
        Assert.True(await AskAsync(notify.Program(), method, address) is not (HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden));
    }

    [Fact]
    public async Task A_revoked_key_is_no_key()
    {
        await using var notify = await OpsHost.StartAsync();
        var key = await notify.Get<ApiKeys>().CreateAsync("cms", [Policies.ArticlesWrite], Token);
        using var program = notify.Program(key);
        Assert.Equal(HttpStatusCode.Created, (await program.PostAsJsonAsync("/api/articles", Article, Token)).StatusCode);

        await using var db = notify.Database.Read();
        var id = db.ApiKeys.Select(k => k.Id).Single();
        Assert.True(await notify.Database.WriteAsync(write => ApiKeys.RevokeAsync(write, id, "test"), Token));

        Assert.Equal(HttpStatusCode.Unauthorized, (await program.PostAsJsonAsync("/api/articles", Article, Token)).StatusCode);
        Assert.False(await notify.Database.WriteAsync(write => ApiKeys.RevokeAsync(write, id, "test"), Token));
        Assert.Equal(["command line made the key 'cms' with articles:write", "key cms POST /api/articles", "test revoked the key 'cms'"], await notify.AuditAsync());
    }

    [Fact]
    public async Task A_key_that_asks_too_often_is_told_when_to_come_back_and_the_others_go_on()
    {
        await using var notify = await OpsHost.StartAsync("--Limits:RequestsPerKeyPerMinute=3");
        var keys = notify.Get<ApiKeys>();
        using var busy = notify.Program(await keys.CreateAsync("busy", [Policies.SubscribersRead], Token));
        using var calm = notify.Program(await keys.CreateAsync("calm", [Policies.SubscribersRead], Token));
        const string Address = "/api/deliveries?contact=a@example.com";
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(HttpStatusCode.OK, (await busy.GetAsync(Address, Token)).StatusCode);
        }

        using var refused = await busy.GetAsync(Address, Token);

        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
        Assert.InRange(refused.Headers.RetryAfter!.Delta!.Value, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(60));
        Assert.Equal("application/problem+json", refused.Content.Headers.ContentType?.MediaType);
        Assert.Equal(HttpStatusCode.OK, (await calm.GetAsync(Address, Token)).StatusCode);
    }

    private static async Task<HttpStatusCode> AskAsync(HttpClient client, string method, string address)
    {
        using var _ = client;
        using var answer = method == "GET" ? await client.GetAsync(address, Token) : await client.PostAsJsonAsync(address, new { }, Token);
        return answer.StatusCode;
    }
}
