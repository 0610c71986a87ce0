using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Notify.Tests.Subscribers;

namespace Notify.Tests.Hosting;

/// <summary>What a program is told when it asks for something that is not there, or in a way that does not work.</summary>
public sealed class AddressTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("GET", "/api/nothing", null, 404)]
    [InlineData("GET", "/webhooks/nothing", null, 404)]
    [InlineData("DELETE", "/api/subscriptions", null, 405)]
    [InlineData("POST", "/api/subscriptions", "text/plain", 415)]
    public async Task A_program_gets_the_fault_it_made_as_a_problem_document_even_when_it_calls_itself_a_browser(string method, string path, string? type, int status)
    {
        await using var notify = await PagesHost.StartAsync();
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("text/html"));
        request.Content = type is null ? null : new StringContent("{}", new MediaTypeHeaderValue(type));

        using var response = await notify.Http.SendAsync(request, Token);

        Assert.Equal((status, "application/problem+json"), ((int)response.StatusCode, response.Content.Headers.ContentType?.MediaType));
        Assert.Equal(status, (await response.Content.ReadFromJsonAsync<JsonElement>(Token)).GetProperty("status").GetInt32());
    }

    [Fact]
    public async Task The_contract_says_what_needs_a_key_and_what_does_not()
    {
        await using var notify = await PagesHost.StartAsync();

        var contract = await notify.Http.GetFromJsonAsync<JsonElement>("/openapi/v1.json", Token);

        Assert.Equal("Notify", contract.GetProperty("info").GetProperty("title").GetString());
        Assert.Equal("bearer", contract.GetProperty("components").GetProperty("securitySchemes").GetProperty("key").GetProperty("scheme").GetString());
        Assert.True(contract.GetProperty("paths").GetProperty("/api/articles").GetProperty("post").TryGetProperty("security", out var needed));
        Assert.True(needed[0].TryGetProperty("key", out _));
        Assert.False(contract.GetProperty("paths").GetProperty("/api/subscriptions").GetProperty("post").TryGetProperty("security", out _));
    }

    [Theory]
    [InlineData("/subscribe")]
    [InlineData("/ops/sign-in")]
    [InlineData("/docs/api")]
    [InlineData("/nothing")]
    public async Task No_page_lets_another_site_frame_it_or_run_scripts_in_it(string path)
    {
        await using var notify = await PagesHost.StartAsync();

        using var response = await notify.Http.GetAsync(path, Token);

        Assert.NotEqual(HttpStatusCode.InternalServerError, response.StatusCode);
        var policy = response.Headers.GetValues("Content-Security-Policy").Single();
        Assert.Contains("frame-ancestors 'none'", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("http", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("*", policy, StringComparison.Ordinal);
    }
}
