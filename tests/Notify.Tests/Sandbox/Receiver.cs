using System.Collections.Concurrent;
using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Notify.Tests.Sandbox;

/// <summary>An application that the carrier calls: keeps what comes, answers as told.</summary>
internal sealed class Receiver : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<Received> _received = new();
    private TaskCompletionSource _arrived = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private Receiver(WebApplication app) => _app = app;

    public string Url => _app.Urls.First();

    /// <summary>TwiML or nothing, and the status.</summary>
    public Func<Received, (int Status, string Body)> Answer { get; set; } = _ => (200, "");

    public IReadOnlyList<Received> All => [.. _received];

    public static async Task<Receiver> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var receiver = new Receiver(app);
        app.Run(receiver.TakeAsync);
        await app.StartAsync(TestContext.Current.CancellationToken);
        return receiver;
    }

    /// <summary>Waits until so many calls have come; a test that waits in vain fails with what there is.</summary>
    public async Task<IReadOnlyList<Received>> AwaitAsync(int count)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(TimeSpan.FromSeconds(20));
        while (true)
        {
            var next = _arrived.Task;
            if (_received.Count >= count)
                return All;
            try
            {
                await next.WaitAsync(patience.Token);
            }
            catch (OperationCanceledException)
            {
                Assert.Fail(string.Create(CultureInfo.InvariantCulture, $"Waited for {count} calls, {_received.Count} came."));
            }
        }
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    private async Task TakeAsync(HttpContext http)
    {
        var form = await http.Request.ReadFormAsync(TestContext.Current.CancellationToken);
        var url = $"{http.Request.Scheme}://{http.Request.Host}{http.Request.Path}{http.Request.QueryString}";
        var received = new Received(url, form.ToDictionary(f => f.Key, f => f.Value.ToString()), http.Request.Headers["X-Twilio-Signature"].ToString());
        _received.Enqueue(received);
        Interlocked.Exchange(ref _arrived, new(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();
        var (status, body) = Answer(received);
        http.Response.StatusCode = status;
        http.Response.ContentType = "text/xml";
        await http.Response.WriteAsync(body, TestContext.Current.CancellationToken);
    }
}

internal sealed record Received(string Url, IReadOnlyDictionary<string, string> Form, string Signature)
{
    public string Status => Form.GetValueOrDefault("MessageStatus", "");
}
