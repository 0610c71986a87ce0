using Notify.Web;

namespace Notify.Alerts;

/// <summary>A mail in the browser: what was sent, for who could not read it in the mail program. It holds no reader, and is nothing for a search engine.</summary>
internal static class ViewEndpoint
{
    private static readonly string[] GetOrHead = [HttpMethods.Get, HttpMethods.Head];

    // Editors write templates; whatever slips into one, a page of ours runs nothing, asks nobody, and is no neighbour of the console.
    private const string Policy =
        "default-src 'none'; img-src https:; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'; sandbox allow-popups allow-popups-to-escape-sandbox";

    public static void MapView(this IEndpointRouteBuilder routes) => routes.MapMethods("/view/{token}", GetOrHead, ShowAsync).ExcludeFromDescription();

    private static async Task<IResult> ShowAsync(string token, LinkTokens tokens, SentMails sent, HttpContext context, CancellationToken cancellationToken)
    {
        context.Response.Headers["X-Robots-Tag"] = "noindex, nofollow, noarchive";
        if (!tokens.TryRead(LinkPurpose.View, token, out var id) || await sent.FindAsync(id, cancellationToken) is not { } html)
        {
            return ReaderDocument.Of<NoMailPage>(context, StatusCodes.Status404NotFound, StatusCodes.Status404NotFound);
        }

        var headers = context.Response.Headers;
        headers.ContentSecurityPolicy = Policy;
        headers["Referrer-Policy"] = "no-referrer";
        headers.CacheControl = "no-store";
        return TypedResults.Content(html, "text/html; charset=utf-8");
    }
}
