using Notify.Web;

namespace Notify.Hosting;

/// <summary>People get a page when an address leads nowhere or something broke; programs get a problem document.</summary>
internal static class TroublePages
{
    private static readonly string[] ForPrograms = ["/api", "/webhooks", "/health", "/metrics", "/openapi", "/_framework", "/_content", "/_blazor"];

    public static void UseTroublePages(this WebApplication app) =>
        app.UseStatusCodePages(context => context.HttpContext.Response.StatusCode == StatusCodes.Status404NotFound && IsForPeople(context.HttpContext.Request)
            ? WriteAsync(context.HttpContext, StatusCodes.Status404NotFound)
            : TypedResults.Problem(statusCode: context.HttpContext.Response.StatusCode).ExecuteAsync(context.HttpContext));

    /// <summary>By its path, unless the caller asks for JSON in so many words.</summary>
    public static bool IsForPeople(HttpRequest request) =>
        !ForPrograms.Any(path => request.Path.StartsWithSegments(path, StringComparison.OrdinalIgnoreCase))
        && (!Accepts(request, "json") || Accepts(request, "text/html"));

    public static Task WriteAsync(HttpContext context, int status) => ReaderDocument.Of<TroublePage>(context, status, status).ExecuteAsync(context);

    private static bool Accepts(HttpRequest request, string kind) => request.Headers.Accept.ToString().Contains(kind, StringComparison.OrdinalIgnoreCase);
}
