using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace Notify.Tests.Support;

/// <summary>A run opens many hosts in one process; what stays of each after its end would add up to gigabytes, and make the last ones slow.</summary>
internal static class Hosts
{
    /// <summary>The timer of a handler keeps its host in memory for two minutes after its end.</summary>
    public static void LeaveNothing(this WebApplicationBuilder builder) =>
        builder.Services.ConfigureHttpClientDefaults(http => http.SetHandlerLifetime(Timeout.InfiniteTimeSpan));

    /// <summary>Ends it without waiting for its work as an operator would; but what has a timer hears of the end, which disposing alone does not tell it.</summary>
    public static ValueTask EndAsync(this WebApplication app)
    {
        app.Lifetime.StopApplication();
        return app.DisposeAsync();
    }
}
