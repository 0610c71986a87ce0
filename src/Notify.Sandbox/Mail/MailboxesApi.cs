using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Notify.Sandbox.Mail;

/// <summary>What each mailbox holds.</summary>
internal sealed class MailboxesApi(Mailboxes mailboxes)
{
    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/mailboxes", (string? like, int? take) => Results.Json(mailboxes.Summaries(like, take ?? int.MaxValue)));
        routes.MapGet("/mailboxes/{address}/messages", (string address) => Results.Json(mailboxes.In(Whole(address))));
        routes.MapGet("/mailboxes/{address}/messages/{id}/html", Html);
    }

    /// <summary>The mail's own page for the frame it is shown in. A mail is hostile: no script, no form, no frame, an origin of nobody.</summary>
    private IResult Html(string address, string id, HttpResponse response)
    {
        if (mailboxes.Find(Whole(address), id) is not { Html: { } html })
            return Results.NotFound();

        response.Headers.ContentSecurityPolicy =
            "default-src 'none'; img-src data: http: https:; style-src 'unsafe-inline'; font-src data:; frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox";
        return Results.Text(InNewTab(html), "text/html; charset=utf-8");
    }

    /// <summary>A slash within an address is the one character that a path leaves encoded.</summary>
    private static string Whole(string address) => address.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase);

    /// <summary>Links open beside the page, and without telling it.</summary>
    private static string InNewTab(string html)
    {
        const string Base = "<base target=\"_blank\">";
        var head = html.IndexOf("<head", StringComparison.OrdinalIgnoreCase);
        var end = head < 0 ? -1 : html.IndexOf('>', head);
        return end < 0 ? Base + html : html.Insert(end + 1, Base);
    }
}
