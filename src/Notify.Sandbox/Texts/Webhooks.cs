using System.Globalization;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging;

namespace Notify.Sandbox.Texts;

/// <summary>Posts signed forms to the application, the way the provider does it.</summary>
/// <remarks>
/// A fragment such as <c>#rc=5&amp;rp=ct,5xx</c> overrides how often and after what a delivery is tried again
/// (twilio.com/docs/usage/webhooks/webhooks-connection-overrides); by default once, and only when no connection could be made.
/// The fragment is neither sent nor signed.
/// </remarks>
internal sealed partial class Webhooks(string authToken, TimeProvider clock, ILogger<Webhooks> logger) : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan BetweenAttempts = TimeSpan.FromMilliseconds(250);

    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false, UseCookies = false, AllowAutoRedirect = false, MaxConnectionsPerServer = 256 })
    {
        Timeout = Timeout.InfiniteTimeSpan,
        DefaultRequestHeaders = { { "User-Agent", "TwilioProxy/1.1" } },
    };

    /// <summary>The answer, or null when there was none.</summary>
    public async Task<WebhookAnswer?> PostAsync(string url, IReadOnlyList<KeyValuePair<string, string>> form, CancellationToken cancellationToken)
    {
        var (address, overrides) = url.Split('#', 2) is [var before, var fragment] ? (before, fragment) : (url, "");
        var retries = RetryPolicy.Parse(overrides);
        var token = RandomNumberGenerator.GetHexString(32, lowercase: true);
        for (var attempt = 0; ; attempt++)
        {
            var (answer, trouble) = await TryAsync(address, form, token, cancellationToken);
            if (trouble is null)
                return answer;

            if (attempt >= retries.Count || !retries.After.Contains(trouble))
            {
                LogUndelivered(form.FirstOrDefault(f => f.Key == "MessageSid").Value, attempt + 1, trouble);
                return answer;
            }

            await Task.Delay(BetweenAttempts, clock, cancellationToken);
        }
    }

    public void Dispose() => _http.Dispose();

    private async Task<(WebhookAnswer? Answer, string? Trouble)> TryAsync(
        string address, IReadOnlyList<KeyValuePair<string, string>> form, string token, CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(Patience, clock);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, address) { Content = new FormUrlEncodedContent(form) };
            request.Headers.Add(WebhookSignature.Header, WebhookSignature.Of(authToken, address, form));
            request.Headers.Add("I-Twilio-Idempotency-Token", token);
            using var response = await _http.SendAsync(request, both.Token);
            var answer = new WebhookAnswer((int)response.StatusCode, await response.Content.ReadAsStringAsync(both.Token));
            return (answer, answer.Status switch { >= 500 => "5xx", >= 400 => "4xx", _ => null });
        }
        catch (HttpRequestException e) when (e.HttpRequestError
            is HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError)
        {
            return (null, "ct");
        }
        catch (Exception e) when (e is HttpRequestException or IOException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return (null, "rt");
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "A webhook for text {Sid} was not delivered in {Attempts} attempts: {Trouble}")]
    private partial void LogUndelivered(string? sid, int attempts, string trouble);

    /// <summary>How often to try again, and after which kinds of trouble.</summary>
    private sealed record RetryPolicy(int Count, IReadOnlyCollection<string> After)
    {
        private static readonly string[] Kinds = ["4xx", "5xx", "ct", "rt"];

        public static RetryPolicy Parse(string fragment)
        {
            var parts = fragment.Split('&').Select(p => p.Split('=', 2)).Where(p => p.Length == 2).ToLookup(p => p[0], p => p[1], StringComparer.Ordinal);
            var count = int.TryParse(parts["rc"].LastOrDefault(), NumberStyles.None, CultureInfo.InvariantCulture, out var rc) ? Math.Min(rc, 5) : 1;
            return new RetryPolicy(count, parts["rp"].LastOrDefault() switch { null => ["ct"], "all" => Kinds, var some => some.Split(',') });
        }
    }
}

internal sealed record WebhookAnswer(int Status, string Body);
