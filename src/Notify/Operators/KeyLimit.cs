using System.Globalization;
using System.Security.Claims;
using System.Threading.RateLimiting;
using Microsoft.Extensions.Options;
using Notify.Subscribers;

namespace Notify.Operators;

/// <summary>How often one key may ask: a program in a loop must not take the database from the others. Per node; people are not counted.</summary>
/// <remarks>ASP.NET's own middleware for it never disposes what it made, and its timer keeps the whole host in memory after its end.</remarks>
internal sealed class KeyLimit(IOptionsMonitor<LimitOptions> limits) : IMiddleware, IDisposable
{
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    private readonly PartitionedRateLimiter<string> _limiter = PartitionedRateLimiter.Create<string, string>(key =>
        RateLimitPartition.GetFixedWindowLimiter(key, _ => new FixedWindowRateLimiterOptions { PermitLimit = limits.CurrentValue.RequestsPerKeyPerMinute, Window = Window }));

    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        if (KeyOf(context) is { } key)
        {
            using var lease = _limiter.AttemptAcquire(key);
            if (!lease.IsAcquired)
            {
                await RejectAsync(context, lease.TryGetMetadata(MetadataName.RetryAfter, out var after) ? after : Window);
                return;
            }
        }

        await next(context);
    }

    public void Dispose() => _limiter.Dispose();

    /// <summary>The key a request was let in with; it runs after authorization, so an unknown key is not one.</summary>
    private static string? KeyOf(HttpContext context) =>
        context.User.Identities.FirstOrDefault(i => i.AuthenticationType == KeyAuthentication.SchemeName)?.FindFirst(ClaimTypes.NameIdentifier)?.Value;

    private static Task RejectAsync(HttpContext context, TimeSpan wait)
    {
        context.Response.Headers.RetryAfter = Math.Max(1, Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        return TypedResults.Problem(statusCode: StatusCodes.Status429TooManyRequests, title: "This key asks too often.", detail: "Try again after the time in Retry-After.").ExecuteAsync(context);
    }
}
