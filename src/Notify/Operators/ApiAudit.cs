using Microsoft.AspNetCore.Authentication.Cookies;
using Notify.Storage;

namespace Notify.Operators;

/// <summary>What an operator or a key changed through the API goes into the audit log as well, once it was done.</summary>
internal sealed class ApiAudit(RequestDelegate next, Database database)
{
    /// <summary>Marks an endpoint that writes its own, better line.</summary>
    public static readonly object DoneElsewhere = new Elsewhere();

    public async Task InvokeAsync(HttpContext context)
    {
        var (request, identity) = (context.Request, context.User.Identity);
        if (identity is not { IsAuthenticated: true, Name: { } who } || IsRead(request) || !request.Path.StartsWithSegments("/api", StringComparison.Ordinal))
        {
            await next(context);
            return;
        }

        // A browser sends the operator's cookie along from a page of the same site that need not be ours.
        if (identity.AuthenticationType == CookieAuthenticationDefaults.AuthenticationScheme && request.Headers["Sec-Fetch-Site"].ToString() is "cross-site" or "same-site")
        {
            await TypedResults.Problem(statusCode: StatusCodes.Status403Forbidden, title: "This must be asked from Notify's own page.").ExecuteAsync(context);
            return;
        }

        await next(context);
        if (context.Response.StatusCode < 400 && context.GetEndpoint()?.Metadata.GetMetadata<Elsewhere>() is null)
        {
            // It is done, whether the caller still waits or not.
            await database.WriteAsync(write => AuditLog.AddAsync(write, who, $"{request.Method} {request.Path}"), CancellationToken.None);
        }
    }

    private static bool IsRead(HttpRequest request) => HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method) || HttpMethods.IsOptions(request.Method);

    private sealed class Elsewhere;
}
