using System.Net;
using System.Net.Sockets;
using System.Threading.RateLimiting;

namespace Notify.Articles.Push;

/// <summary>
/// How much strangers may make us do at addresses without a sign-in: read a few bodies at a time, each within some seconds, and for each network so many calls a minute
/// that prove nothing; after those it is answered without a look. Calls that prove themselves are not counted, so that a newsroom that edits a hundred articles is heard.
/// </summary>
internal sealed class PushGate(TimeProvider clock) : IDisposable
{
    public const int RefusalsAMinute = 30;

    private const int BodiesAtOnce = 64;

    private const int BodiesOfANetwork = 16;

    /// <summary>What is believed is done a few at a time, so that a hundred articles at once leave the database to others.</summary>
    private const int WorkAtOnce = 8;

    private static readonly TimeSpan Slowest = TimeSpan.FromSeconds(10);

    private readonly SemaphoreSlim _work = new(WorkAtOnce);

    private readonly PartitionedRateLimiter<string> _bodies = PartitionedRateLimiter.CreateChained(
        PartitionedRateLimiter.Create<string, string>(_ => RateLimitPartition.GetConcurrencyLimiter("all", _ => new ConcurrencyLimiterOptions { PermitLimit = BodiesAtOnce })),
        PartitionedRateLimiter.Create<string, string>(network => RateLimitPartition.GetConcurrencyLimiter(network, _ => new ConcurrencyLimiterOptions { PermitLimit = BodiesOfANetwork })));

    private readonly PartitionedRateLimiter<string> _refusals = PartitionedRateLimiter.Create<string, string>(network =>
        RateLimitPartition.GetFixedWindowLimiter(network, _ => new FixedWindowRateLimiterOptions { PermitLimit = RefusalsAMinute, Window = TimeSpan.FromMinutes(1) }));

    public bool IsShut(HttpContext context)
    {
        using var lease = _refusals.AttemptAcquire(Network(context), 0);
        return !lease.IsAcquired;
    }

    public void Refused(HttpContext context)
    {
        using var lease = _refusals.AttemptAcquire(Network(context));
    }

    /// <returns>Null when too many are read just now, or this one does not come to an end.</returns>
    /// <exception cref="BadHttpRequestException">It is larger than the address takes.</exception>
    public async Task<byte[]?> ReadAsync(HttpContext context)
    {
        using var lease = _bodies.AttemptAcquire(Network(context));
        if (!lease.IsAcquired)
        {
            return null;
        }

        using var late = new CancellationTokenSource(Slowest, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, context.RequestAborted);
        try
        {
            using var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body, either.Token);
            return body.ToArray();
        }
        catch (OperationCanceledException) when (late.IsCancellationRequested)
        {
            return null;
        }
    }

    /// <summary>Does what a proved call asks for, when it is its turn.</summary>
    public async Task<T> WorkAsync<T>(Func<Task<T>> work, CancellationToken cancellationToken)
    {
        await _work.WaitAsync(cancellationToken);
        try
        {
            return await work();
        }
        finally
        {
            _work.Release();
        }
    }

    public static IResult TooMany(HttpContext context)
    {
        context.Response.Headers.RetryAfter = "60";
        return TypedResults.Problem(statusCode: StatusCodes.Status429TooManyRequests, title: "Too many calls from here proved nothing.", detail: "Try again after the time in Retry-After.");
    }

    public static IResult Busy(HttpContext context)
    {
        context.Response.Headers.RetryAfter = "2";
        return TypedResults.Problem(statusCode: StatusCodes.Status503ServiceUnavailable, title: "Too many calls are read at the moment.", detail: "Try again after the time in Retry-After.");
    }

    public void Dispose()
    {
        _refusals.Dispose();
        _bodies.Dispose();
        _work.Dispose();
    }

    /// <summary>An IPv4 address, an IPv6 /64: what one caller easily has all of.</summary>
    private static string Network(HttpContext context)
    {
        var address = context.Connection.RemoteIpAddress ?? IPAddress.None;
        var plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        return plain.AddressFamily == AddressFamily.InterNetwork ? plain.ToString() : Convert.ToHexString(plain.GetAddressBytes().AsSpan(0, 8));
    }
}
