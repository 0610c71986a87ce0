using Microsoft.AspNetCore.Http.HttpResults;
using Notify.Consent;
using Notify.Contacts;
using Notify.Storage;
using Notify.Web;

namespace Notify.Subscribers;

/// <summary>The unsubscribe link of a mail: opening it changes nothing, one click leaves, and whoever did not mean it can ask to come back.</summary>
internal static class LeavePages
{
    public static async Task<RazorComponentResult> ShowAsync(string token, LinkTokens tokens, Database database, HttpContext context, CancellationToken cancellationToken)
    {
        if (!tokens.TryRead(LinkPurpose.Unsubscribe, token, out var contactId, out _))
        {
            return Page(context, LinkPageModel.BadLink);
        }

        // A program may have pressed the button before the reader opens the link: then it says so, and offers the way back.
        return Page(context, await HasLeftAsync(database, contactId, cancellationToken) ? LinkPageModel.Unsubscribed : LinkPageModel.AskUnsubscribe);
    }

    /// <summary>Where a copy of a mail leads, which holds no reader.</summary>
    public static RazorComponentResult ShowNobodys(HttpContext context) => Page(context, LinkPageModel.NobodysUnsubscribe);

    /// <summary>One click (RFC 8058, section 3.2): whatever the body, no cookie, no redirect, the same answer every time.</summary>
    public static async Task<RazorComponentResult> LeaveAsync(
        string token, LinkTokens tokens, Database database, Subscriptions subscriptions, QuickLeaves quick, HttpContext context, CancellationToken cancellationToken)
    {
        if (!tokens.TryRead(LinkPurpose.Unsubscribe, token, out var contactId, out _))
        {
            return Page(context, LinkPageModel.BadLink);
        }

        var visitor = context.Visitor;
        await database.WriteAsync(async write =>
        {
            if (await ContactAsync(write, contactId) is { } contact && await subscriptions.StopAsync(write, contactId, contact.Hash, contact.Channel, ConsentKind.Unsubscribed, "link", Unsubscribed,
                new ConsentEvidence { Address = contact.Address, Ip = visitor.Address?.ToString(), UserAgent = visitor.UserAgent }))
            {
                await quick.CountAsync(write, contactId);
            }
        }, cancellationToken);
        return Page(context, LinkPageModel.Unsubscribed);
    }

    /// <summary>
    /// "That was not me." A mail asks whether it shall go on, and only its button brings the reader back: this link travels with every mail that is passed on.
    /// </summary>
    public static async Task<RazorComponentResult> AskBackAsync(
        string token, LinkTokens tokens, Database database, Subscriptions subscriptions, HttpContext context, CancellationToken cancellationToken)
    {
        if (!tokens.TryRead(LinkPurpose.Unsubscribe, token, out var contactId, out _))
        {
            return Page(context, LinkPageModel.BadLink);
        }

        var visitor = context.Visitor;
        await database.WriteAsync(async write =>
        {
            if (await ContactAsync(write, contactId) is { Address: { } address } contact
                && await write.ScalarAsync<string>("SELECT reason FROM suppressions WHERE contact_id = @contact AND scope = ''", ("contact", contactId)) == Unsubscribed)
            {
                await subscriptions.AskBackAsync(write, contactId, contact.Hash, contact.Channel, new ConsentEvidence { Address = address, Ip = visitor.Address?.ToString(), UserAgent = visitor.UserAgent });
            }
        }, cancellationToken);
        return Page(context, LinkPageModel.AskedBack);
    }

    /// <summary>The reason of a suppression that a link made; the only one a link can ask to take back.</summary>
    private const string Unsubscribed = "unsubscribed";

    private static async Task<bool> HasLeftAsync(Database database, long contactId, CancellationToken cancellationToken)
    {
        await using var connection = await database.ConnectAsync(cancellationToken);
        await using var command = connection.CreateCommand();
        command.CommandText = "SELECT 1 FROM suppressions WHERE contact_id = @contact AND scope = '' AND reason = @reason";
        Sql.Bind(command, "contact", contactId);
        Sql.Bind(command, "reason", Unsubscribed);
        return await command.ExecuteScalarAsync(cancellationToken) is not null;
    }

    /// <summary>Locks the contact, so that a confirmation and an unsubscribe of the same moment happen one after the other.</summary>
    private static async Task<Known?> ContactAsync(Write write, long contactId) =>
        (await write.QueryAsync("SELECT hash, channel, address FROM contacts WHERE id = @id" + (write.IsPostgres ? " FOR UPDATE" : ""),
            row => new Known(row.GetString(0), (Channel)row.GetInt32(1), row.Text(2)), ("id", contactId))).FirstOrDefault();

    private static RazorComponentResult Page(HttpContext context, LinkPageModel model) => ReaderDocument.Of<LinkPage>(context, model.Status, model);

    private sealed record Known(string Hash, Channel Channel, string? Address);
}
