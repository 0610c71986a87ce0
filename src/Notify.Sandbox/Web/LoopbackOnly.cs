using System.Net;
using Microsoft.AspNetCore.Http;

namespace Notify.Sandbox.Web;

/// <summary>
/// Keeps other web sites out. A page that a developer has open elsewhere could post to this port, or reach it under a name of its own
/// that it lets point to loopback: so the name must be a loopback one, and what changes something must not come from another site's page.
/// </summary>
internal static class LoopbackOnly
{
    public static Task GuardAsync(HttpContext http, RequestDelegate next)
    {
        if (!IsLoopback(http.Request.Host.Host))
            return Refusal.Problem(StatusCodes.Status403Forbidden, "host", "The local carrier answers to loopback names only.").ExecuteAsync(http);
        if (!IsSafe(http.Request.Method) && IsForeign(http.Request.Headers))
            return Refusal.Problem(StatusCodes.Status403Forbidden, "origin", "A page of another site may not change anything here.").ExecuteAsync(http);

        http.Response.Headers.XContentTypeOptions = "nosniff";
        http.Response.Headers["Referrer-Policy"] = "no-referrer";
        return next(http);
    }

    public static bool IsLoopback(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || (IPAddress.TryParse(host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));

    private static bool IsSafe(string method) => HttpMethods.IsGet(method) || HttpMethods.IsHead(method) || HttpMethods.IsOptions(method);

    private static bool IsForeign(IHeaderDictionary headers) =>
        headers["Sec-Fetch-Site"] == "cross-site"
        || (headers.Origin.ToString() is { Length: > 0 } origin && !(Uri.TryCreate(origin, UriKind.Absolute, out var uri) && IsLoopback(uri.Host)));
}
