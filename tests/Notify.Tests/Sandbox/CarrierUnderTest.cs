using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Notify.Sandbox;

namespace Notify.Tests.Sandbox;

/// <summary>A carrier on free ports and a client that speaks to it as the application and the reader do.</summary>
internal sealed class CarrierUnderTest : IAsyncDisposable
{
    public const string Account = "AC0123456789abcdef0123456789abcdef";
    public const string Token = "first-token";
    public const string Sender = "+15005550006";
    public const string Reader = "+15551234567";

    private CarrierUnderTest(LocalCarrier carrier)
    {
        Carrier = carrier;
        Http = new HttpClient { BaseAddress = carrier.Url };
        Http.DefaultRequestHeaders.Authorization = Basic(Account, Token);
    }

    public LocalCarrier Carrier { get; }

    public HttpClient Http { get; }

    public static async Task<CarrierUnderTest> StartAsync(Func<CarrierOptions, CarrierOptions>? change = null)
    {
        var options = new CarrierOptions
        {
            Url = new Uri("http://127.0.0.1:0"),
            SmtpPort = 0,
            AccountSid = Account,
            AuthTokens = [Token, "second-token"],
            ApiKeySecrets = ["key-secret"],
        };
        return new(await LocalCarrier.StartAsync(change?.Invoke(options) ?? options, TestContext.Current.CancellationToken));
    }

    public static AuthenticationHeaderValue Basic(string user, string password) => new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{password}")));

    public Task<HttpResponseMessage> PostTextAsync(params (string Name, string Value)[] form) => PostAsync($"/2010-04-01/Accounts/{Account}/Messages.json", form);

    public async Task<HttpResponseMessage> PostAsync(string path, params (string Name, string Value)[] form)
    {
        using var content = new FormUrlEncodedContent(form.Select(f => KeyValuePair.Create(f.Name, f.Value)));
        return await Http.PostAsync(path, content, TestContext.Current.CancellationToken);
    }

    /// <summary>Hands a text over; the message as the carrier answers it.</summary>
    public async Task<JsonElement> SendAsync(string body = "Hello", string to = Reader, string? from = Sender, string? callback = null)
    {
        (string, string)[] form = [("To", to), ("Body", body), .. from is null ? [] : new[] { ("From", from) }, .. callback is null ? [] : new[] { ("StatusCallback", callback) }];
        using var response = await PostTextAsync(form);
        Assert.Equal(201, (int)response.StatusCode);
        return await JsonAsync(response);
    }

    public async Task<JsonElement> GetAsync(string path) => await Http.GetFromJsonAsync<JsonElement>(path, TestContext.Current.CancellationToken);

    public async Task<JsonElement> ArmAsync(string rules)
    {
        using var response = await PostJsonAsync("/faults", rules);
        Assert.Equal(200, (int)response.StatusCode);
        return await JsonAsync(response);
    }

    /// <summary>A person texts.</summary>
    public async Task<JsonElement> TextBackAsync(string body, string reader = Reader)
    {
        using var response = await PostJsonAsync($"/handsets/{reader}/messages", JsonSerializer.Serialize(new { body }));
        Assert.True(response.IsSuccessStatusCode);
        return await JsonAsync(response);
    }

    public async Task<HttpResponseMessage> PostJsonAsync(string path, string json)
    {
        using var content = new StringContent(json, Encoding.UTF8, "application/json");
        return await Http.PostAsync(path, content, TestContext.Current.CancellationToken);
    }

    public async Task<IReadOnlyList<string>> BodiesAsync(string reader = Reader) =>
        [.. (await GetAsync($"/handsets/{reader}/messages")).EnumerateArray().Select(m => m.GetProperty("body").GetString()!)];

    public static async Task<JsonElement> JsonAsync(HttpResponseMessage response) =>
        await response.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await Carrier.DisposeAsync();
    }
}
