using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;
using Notify.Consent;
using Notify.Contacts;
using Notify.Storage;
using Notify.Web;

namespace Notify.Subscribers;

/// <summary>What readers see: pages rendered on the server, without a script, a cookie or an antiforgery token; the token in a link is the secret.</summary>
internal static class ReaderPages
{
    public static RazorComponentResult Form(string? topic, HttpContext context)
    {
        var chosen = topic is { Length: > 0 } ? new[] { topic } : [];
        return Page<SubscribePage>(context, StatusCodes.Status200OK, new SubscribeForm { Topics = chosen, PageUrl = Referrer(context) });
    }

    public static async Task<RazorComponentResult> SubmitAsync(HttpContext context, SignUpReader reader, Subscriptions subscriptions, CancellationToken cancellationToken)
    {
        var form = SubscribeForm.From(await context.Request.ReadFormAsync(cancellationToken));
        if (reader.Read(form.ToRequest(), out var errors) is not { } signUp)
        {
            return Page<SubscribePage>(context, StatusCodes.Status400BadRequest, form with { Errors = errors });
        }

        if (!await subscriptions.OptInAsync(signUp, context.Visitor, "form", cancellationToken))
        {
            context.Response.Headers.RetryAfter = "3600";
            var busy = new Dictionary<string, string[]>(StringComparer.Ordinal) { [""] = ["Too many sign-ups came from here in the last hour. Please try again later."] };
            return Page<SubscribePage>(context, StatusCodes.Status429TooManyRequests, form with { Errors = busy });
        }

        return Page<SubscribedPage>(context, StatusCodes.Status200OK, form);
    }

    public static async Task<RazorComponentResult> ShowConfirmAsync(string token, LinkTokens tokens, Database database, TimeProvider clock, HttpContext context, CancellationToken cancellationToken)
    {
        if (!tokens.TryRead(LinkPurpose.Confirm, token, out var id))
        {
            return Page<LinkPage>(context, StatusCodes.Status404NotFound, LinkPageModel.BadLink);
        }

        await using var db = database.Read();
        var optIn = await db.OptIns.AsNoTracking().FirstOrDefaultAsync(o => o.Id == id, cancellationToken);
        return optIn switch
        {
            null => Page<LinkPage>(context, StatusCodes.Status404NotFound, LinkPageModel.BadLink),
            { ConfirmedAt: not null } => Page<LinkPage>(context, StatusCodes.Status200OK, LinkPageModel.Confirmed),
            _ when optIn.ExpiresAt <= clock.GetUtcNow() => Page<LinkPage>(context, StatusCodes.Status200OK, LinkPageModel.ConfirmExpired),
            _ => Page<LinkPage>(context, StatusCodes.Status200OK, LinkPageModel.AskConfirm),
        };
    }

    public static async Task<RazorComponentResult> ConfirmAsync(
        string token, LinkTokens tokens, Database database, Subscriptions subscriptions, HttpContext context, CancellationToken cancellationToken)
    {
        if (!tokens.TryRead(LinkPurpose.Confirm, token, out var id))
        {
            return Page<LinkPage>(context, StatusCodes.Status404NotFound, LinkPageModel.BadLink);
        }

        var visitor = context.Visitor;
        var answer = await database.WriteAsync(async write =>
        {
            var found = await write.QueryAsync("""
                SELECT o.contact_id, o.confirmed_at, c.hash, c.channel, c.address FROM opt_ins o JOIN contacts c ON c.id = o.contact_id WHERE o.id = @id
                """,
                row => (Contact: row.GetInt64(0), IsConfirmed: !row.IsDBNull(1), Hash: row.GetString(2), Channel: (Channel)row.GetInt32(3), Address: row.Text(4)), ("id", id));
            if (found is not [var optIn])
            {
                return LinkPageModel.BadLink;
            }

            if (optIn.IsConfirmed)
            {
                return LinkPageModel.Confirmed;
            }

            var evidence = new ConsentEvidence { Address = optIn.Address, Ip = visitor.Address?.ToString(), UserAgent = visitor.UserAgent, MessageId = $"opt-in {id}" };
            return await subscriptions.ConfirmAsync(write, optIn.Contact, optIn.Hash, optIn.Channel, "link", evidence) ? LinkPageModel.Confirmed : LinkPageModel.ConfirmExpired;
        }, cancellationToken);
        return Page<LinkPage>(context, answer == LinkPageModel.BadLink ? StatusCodes.Status404NotFound : StatusCodes.Status200OK, answer);
    }

    public static RazorComponentResult ShowUnsubscribe(string token, LinkTokens tokens, HttpContext context) =>
        tokens.TryRead(LinkPurpose.Unsubscribe, token, out _, out _)
            ? Page<LinkPage>(context, StatusCodes.Status200OK, LinkPageModel.AskUnsubscribe)
            : Page<LinkPage>(context, StatusCodes.Status404NotFound, LinkPageModel.BadLink);

    /// <summary>One click (RFC 8058, section 3.2): whatever the body, no cookie, no redirect, the same answer every time.</summary>
    public static async Task<RazorComponentResult> UnsubscribeAsync(
        string token, LinkTokens tokens, Database database, Subscriptions subscriptions, HttpContext context, CancellationToken cancellationToken)
    {
        if (!tokens.TryRead(LinkPurpose.Unsubscribe, token, out var contactId, out _))
        {
            return Page<LinkPage>(context, StatusCodes.Status404NotFound, LinkPageModel.BadLink);
        }

        var visitor = context.Visitor;
        await database.WriteAsync(async write =>
        {
            // Locks the contact, so that a confirmation and an unsubscribe of the same moment happen one after the other.
            var found = await write.QueryAsync("SELECT hash, channel, address FROM contacts WHERE id = @id" + (write.IsPostgres ? " FOR UPDATE" : ""),
                row => (Hash: row.GetString(0), Channel: (Channel)row.GetInt32(1), Address: row.Text(2)), ("id", contactId));
            if (found is [var contact])
            {
                await subscriptions.StopAsync(write, contactId, contact.Hash, contact.Channel, ConsentKind.Unsubscribed, "link", "unsubscribed",
                    new ConsentEvidence { Address = contact.Address, Ip = visitor.Address?.ToString(), UserAgent = visitor.UserAgent });
            }
        }, cancellationToken);
        return Page<LinkPage>(context, StatusCodes.Status200OK, LinkPageModel.Unsubscribed);
    }

    private static RazorComponentResult Page<T>(HttpContext context, int status, object model) where T : Microsoft.AspNetCore.Components.IComponent
    {
        // A link with a secret in it must not travel on in a Referer header, nor lie in a cache.
        context.Response.Headers["Referrer-Policy"] = "no-referrer";
        context.Response.Headers.CacheControl = "no-store";
        return new RazorComponentResult<T>(new Dictionary<string, object?> { ["Model"] = model }) { StatusCode = status };
    }

    private static string? Referrer(HttpContext context) => context.Request.Headers.Referer.ToString() is { Length: > 0 and < 2_000 } url ? url : null;
}
