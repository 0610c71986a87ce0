using System.Globalization;
using System.Security.Claims;
using System.Threading.RateLimiting;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.Extensions.Options;
using Notify.Subscribers;

namespace Notify.Operators;

/// <summary>How often one key may ask: a program in a loop must not take the database from the others. Per node; people are not counted.</summary>
internal static class KeyLimit
{
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    public static void AddKeyLimit(this IServiceCollection services)
    {
        services.AddRateLimiter(limiter =>
        {
            limiter.RejectionStatusCode = StatusCodes.Status429TooManyRequests;
            limiter.OnRejected = RejectAsync;
        });
        services.AddOptions<RateLimiterOptions>().Configure<IOptionsMonitor<LimitOptions>>((limiter, limits) =>
            limiter.GlobalLimiter = PartitionedRateLimiter.Create<HttpContext, string>(context => KeyOf(context) is { } key
                ? RateLimitPartition.GetFixedWindowLimiter(key, _ => new FixedWindowRateLimiterOptions { PermitLimit = limits.CurrentValue.RequestsPerKeyPerMinute, Window = Window })
                : RateLimitPartition.GetNoLimiter("")));
    }

    /// <summary>The key a request was let in with; it runs after authorization, so an unknown key is not one.</summary>
    private static string? KeyOf(HttpContext context) =>
        context.User.Identities.FirstOrDefault(i => i.AuthenticationType == KeyAuthentication.SchemeName)?.FindFirst(ClaimTypes.NameIdentifier)?.Value;

    private static async ValueTask RejectAsync(OnRejectedContext rejected, CancellationToken cancellationToken)
    {
        var wait = rejected.Lease.TryGetMetadata(MetadataName.RetryAfter, out var after) ? after : Window;
        rejected.HttpContext.Response.Headers.RetryAfter = Math.Max(1, Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        await TypedResults.Problem(statusCode: StatusCodes.Status429TooManyRequests, title: "This key asks too often.", detail: "Try again after the time in Retry-After.")
            .ExecuteAsync(rejected.HttpContext);
    }
}
