using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Notify.Sandbox.Texts;

namespace Notify.Sandbox.Gateway;

/// <summary>Calls the application as the plain gateway does: JSON, signed over time and body, tried again on trouble as most vendors do.</summary>
internal sealed partial class GatewayCalls(string secret, TimeProvider clock, ILogger<GatewayCalls> logger) : IDisposable
{
    public const string SignatureHeader = "X-Gateway-Signature";
    public const string TimeHeader = "X-Gateway-Timestamp";

    private const int Attempts = 3;
    private static readonly TimeSpan Between = TimeSpan.FromMilliseconds(250);

    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false, UseCookies = false, AllowAutoRedirect = false, MaxConnectionsPerServer = 256 })
    {
        Timeout = TimeSpan.FromSeconds(15),
    };

    public Task<int?> TellStatusAsync(Text text, string status, CancellationToken cancellationToken) => PostAsync(
        text.StatusCallback!,
        new { message_id = text.Sid, status, error = text.ErrorCode is { } code ? new { code = code.ToString(CultureInfo.InvariantCulture), message = "Not delivered." } : null },
        cancellationToken);

    public Task<int?> TellInboundAsync(Uri webhook, Text text, CancellationToken cancellationToken) => PostAsync(
        webhook.AbsoluteUri, new { message_id = text.Sid, from = text.From, to = text.To, text = text.Body }, cancellationToken);

    public void Dispose() => _http.Dispose();

    /// <summary>The status it was answered with; null when there was no answer.</summary>
    private async Task<int?> PostAsync<T>(string url, T document, CancellationToken cancellationToken)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(document);
        for (var attempt = 1; ; attempt++)
        {
            var answered = await TryAsync(url, body, cancellationToken);
            if (answered is < 500)
                return answered;

            if (attempt == Attempts)
            {
                LogUndelivered(attempt);
                return answered;
            }

            await Task.Delay(Between, clock, cancellationToken);
        }
    }

    private async Task<int?> TryAsync(string url, byte[] body, CancellationToken cancellationToken)
    {
        try
        {
            var time = clock.GetUtcNow().ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
            byte[] signed = [.. Encoding.UTF8.GetBytes(time + "."), .. body];
            using var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = new ByteArrayContent(body) { Headers = { ContentType = new("application/json") } } };
            request.Headers.Add(TimeHeader, time);
            request.Headers.Add(SignatureHeader, "sha256=" + Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), signed)));
            using var response = await _http.SendAsync(request, cancellationToken);
            return (int)response.StatusCode;
        }
        catch (Exception e) when (e is HttpRequestException or IOException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return null;
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "A call of the gateway was not delivered in {Attempts} attempts")]
    private partial void LogUndelivered(int attempts);
}
