using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Notify.Tests.Support;

/// <summary>A provider on loopback that reads each request to its end, keeps it, and answers as a test says.</summary>
internal sealed class ScriptedGateway : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<Asked> _asked = new();

    private ScriptedGateway(WebApplication app) => _app = app;

    public Uri Url => new(_app.Urls.First());

    public IReadOnlyList<Asked> Requests => [.. _asked];

    /// <summary>What follows a request.</summary>
    public Reply Answer { get; set; } = new(200, "{}");

    public static async Task<ScriptedGateway> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var gateway = new ScriptedGateway(app);
        app.Run(gateway.TakeAsync);
        await app.StartAsync(TestContext.Current.CancellationToken);
        return gateway;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task TakeAsync(HttpContext http)
    {
        using var reader = new StreamReader(http.Request.Body);
        var request = http.Request;
        _asked.Enqueue(new Asked(
            request.Method, request.Path + request.QueryString.Value, await reader.ReadToEndAsync(http.RequestAborted), request.Headers.ToDictionary(h => h.Key, h => h.Value.ToString(), StringComparer.OrdinalIgnoreCase)));
        if (Answer.Never)
        {
            await Task.Delay(Timeout.Infinite, http.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
        }

        if (Answer.Cut || Answer.Never)
        {
            http.Abort();
            return;
        }

        http.Response.StatusCode = Answer.Status;
        http.Response.ContentType = "application/json";
        foreach (var (name, value) in Answer.Headers)
        {
            http.Response.Headers[name] = value;
        }

        await http.Response.WriteAsync(Answer.Body, http.RequestAborted);
    }

    internal sealed record Asked(string Method, string Path, string Body, IReadOnlyDictionary<string, string> Headers);

    /// <param name="Cut">The connection ends instead.</param>
    /// <param name="Never">The request is taken and never answered.</param>
    internal sealed record Reply(int Status, string Body, bool Cut = false, bool Never = false)
    {
        public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();
    }
}
