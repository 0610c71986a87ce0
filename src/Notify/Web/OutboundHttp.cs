using System.Net;
using System.Net.Http.Headers;
using System.Text;

namespace Notify.Web;

/// <summary>
/// The client for everything an editor, a feed or a stranger can name an address for. It asks only public addresses (<see cref="GuardedConnection"/>), follows
/// at most five redirects and looks at each as at the first address, takes no more than it was allowed, and gives up after twenty seconds in all.
/// It never retries: whoever asks knows when to ask again.
/// </summary>
internal sealed class OutboundHttp : IDisposable
{
    private const int MostRedirects = 5;

    /// <summary>How long one fetch may take, redirects and body included.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    private readonly HttpMessageInvoker guarded;
    private readonly HttpMessageInvoker open;
    private readonly string userAgent;
    private readonly TimeProvider clock;

    /// <param name="contact">Where someone whose server we trouble learns who we are; stands in the User-Agent. Null when no such page is known.</param>
    /// <param name="clock">Times the whole fetch.</param>
    public OutboundHttp(Uri? contact, TimeProvider clock)
        : this(contact, clock, GuardedConnection.OfThisMachine)
    {
    }

    internal OutboundHttp(Uri? contact, TimeProvider clock, GuardedConnection connection)
    {
        this.clock = clock;
        var name = $"Notify/{typeof(OutboundHttp).Assembly.GetName().Version?.ToString(2)}";
        userAgent = contact is null ? name : $"{name} (+{contact.AbsoluteUri})";
        guarded = new HttpMessageInvoker(connection.CreateHandler(allowPrivate: false));
        open = new HttpMessageInvoker(connection.CreateHandler(allowPrivate: true));
    }

    /// <summary>Fetches one address.</summary>
    /// <exception cref="FetchException">There is no answer to look at, and why.</exception>
    public async Task<FetchResult> FetchAsync(FetchRequest request, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(request.MaxBytes, 1);
        using var limit = new CancellationTokenSource(Limit, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            return await FollowAsync(request, either.Token);
        }
        catch (OperationCanceledException late) when (!cancellationToken.IsCancellationRequested)
        {
            throw new FetchException(FetchFailure.TimedOut, $"{HostOf(request.Url)} did not answer in full within {Limit.TotalSeconds:0} seconds.", late);
        }
        catch (HttpRequestException failure) when (failure.InnerException is FetchException refused)
        {
            throw new FetchException(refused.Failure, refused.Message, failure);
        }
        catch (Exception failure) when (failure is not FetchException and (HttpRequestException or IOException or InvalidDataException))
        {
            throw new FetchException(FetchFailure.Unreachable, $"{HostOf(request.Url)} could not be reached, or broke off: {failure.GetType().Name}.", failure);
        }
    }

    public void Dispose()
    {
        guarded.Dispose();
        open.Dispose();
    }

    private async Task<FetchResult> FollowAsync(FetchRequest request, CancellationToken cancellationToken)
    {
        var url = request.Url;
        var allPermanent = true;
        for (var redirects = 0; ; redirects++)
        {
            Check(url, request.AllowPrivate);
            using var message = Ask(url, request);
            using var response = await (request.AllowPrivate ? open : guarded).SendAsync(message, cancellationToken);
            if (TargetOf(response, url) is not { } target || (request.Form is not null && !Keeps(response.StatusCode)))
                return await ReadAsync(response, url, redirects > 0 && allPermanent, request.MaxBytes, cancellationToken);

            if (redirects == MostRedirects)
                throw new FetchException(FetchFailure.TooManyRedirects, $"{HostOf(request.Url)} redirects more than {MostRedirects} times.");
            if (request.Form is not null && url.Scheme == Uri.UriSchemeHttps && target.Scheme != Uri.UriSchemeHttps)
                throw new FetchException(FetchFailure.RefusedUrl, $"{HostOf(url)} wants what is sent to it sent on without encryption.");
            allPermanent &= response.StatusCode is HttpStatusCode.MovedPermanently or HttpStatusCode.PermanentRedirect;
            url = target;
        }
    }

    private static void Check(Uri url, bool allowPrivate)
    {
        var problem = url switch
        {
            { IsAbsoluteUri: false } => "An address has to start with http:// or https://.",
            { Scheme: not ("http" or "https") } => "Only addresses that start with http:// or https:// are fetched.",
            { UserInfo.Length: > 0 } => $"The address at {HostOf(url)} holds a user name or password; those are not sent.",
            { Port: not (80 or 443) } when !allowPrivate => $"Only the ports 80 and 443 are asked, not {HostOf(url)} on port {url.Port}.",
            _ => null,
        };
        if (problem is not null) throw new FetchException(FetchFailure.RefusedUrl, problem);
    }

    private HttpRequestMessage Ask(Uri url, FetchRequest request)
    {
        var message = new HttpRequestMessage(request.Form is null ? HttpMethod.Get : HttpMethod.Post, url);
        if (request.Form is { } form) message.Content = new FormUrlEncodedContent(form);
        message.Headers.TryAddWithoutValidation("User-Agent", userAgent);
        message.Headers.TryAddWithoutValidation("Accept", "*/*");
        // The typed headers refuse tags that servers do send.
        if (IsHeaderValue(request.ETag)) message.Headers.TryAddWithoutValidation("If-None-Match", request.ETag);
        if (IsHeaderValue(request.LastModified)) message.Headers.TryAddWithoutValidation("If-Modified-Since", request.LastModified);
        return message;
    }

    private static bool IsHeaderValue(string? value) => !string.IsNullOrEmpty(value) && !value.Any(c => char.IsControl(c) || c > 0xFF);

    /// <summary>Whether a redirect means the same request once more (RFC 9110 section 15.4).</summary>
    private static bool Keeps(HttpStatusCode status) => status is HttpStatusCode.TemporaryRedirect or HttpStatusCode.PermanentRedirect;

    private static Uri? TargetOf(HttpResponseMessage response, Uri url)
    {
        if ((int)response.StatusCode is not (301 or 302 or 303 or 307 or 308)) return null;
        var location = First(response.Headers, "Location");
        if (location is null) return null;

        // Headers are read byte for byte; an address that was not escaped is UTF-8.
        return Uri.TryCreate(url, Encoding.UTF8.GetString(Encoding.Latin1.GetBytes(location)), out var target) ? target : null;
    }

    private async Task<FetchResult> ReadAsync(HttpResponseMessage response, Uri url, bool permanentlyMoved, long maxBytes, CancellationToken cancellationToken) => new(
        (int)response.StatusCode,
        await ReadBodyAsync(response.Content, url, maxBytes, cancellationToken),
        First(response.Content.Headers, "Content-Type"),
        First(response.Headers, "ETag"),
        First(response.Content.Headers, "Last-Modified"),
        RetryAfterOf(response),
        url,
        permanentlyMoved)
    {
        Headers = response.Headers.NonValidated.Concat(response.Content.Headers.NonValidated)
            .GroupBy(header => header.Key, StringComparer.OrdinalIgnoreCase)
            .ToDictionary(header => header.Key, header => string.Join(", ", header.SelectMany(values => values.Value)), StringComparer.OrdinalIgnoreCase),
    };

    private static async Task<byte[]> ReadBodyAsync(HttpContent content, Uri url, long maxBytes, CancellationToken cancellationToken)
    {
        // Counted while it is unpacked: a few kilobytes can claim to be gigabytes.
        await using var stream = await content.ReadAsStreamAsync(cancellationToken);
        using var body = new MemoryStream();
        var buffer = new byte[16 * 1024];
        while (await stream.ReadAsync(buffer, cancellationToken) is > 0 and var read)
        {
            if (body.Length + read > maxBytes) throw new FetchException(FetchFailure.TooLarge, $"{HostOf(url)} answers with more than {maxBytes} bytes.");
            body.Write(buffer, 0, read);
        }

        return body.ToArray();
    }

    private TimeSpan? RetryAfterOf(HttpResponseMessage response)
    {
        var asked = response.Headers.RetryAfter switch
        {
            { Delta: { } delta } => delta,
            { Date: { } date } => date - clock.GetUtcNow(),
            _ => (TimeSpan?)null,
        };
        return asked < TimeSpan.Zero ? TimeSpan.Zero : asked;
    }

    private static string? First(HttpHeaders headers, string name) =>
        headers.NonValidated.TryGetValues(name, out var values) ? values.First() : null;

    private static string HostOf(Uri url) => url.IsAbsoluteUri ? url.Host : "The address";
}
