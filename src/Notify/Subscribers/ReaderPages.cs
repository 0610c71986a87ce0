using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Notify.Consent;
using Notify.Contacts;
using Notify.Storage;
using Notify.Web;

namespace Notify.Subscribers;

/// <summary>What readers see: pages rendered on the server, without a script, a cookie or an antiforgery token; the token in a link is the secret.</summary>
internal static class ReaderPages
{
    /// <param name="topic">Topics to tick beforehand; one that does not exist is left out.</param>
    /// <param name="timeZone">The reader's, chosen beforehand; the page that links here may know it from the browser.</param>
    public static RazorComponentResult Form(string[] topic, string? timeZone, HttpContext context) =>
        ReaderDocument.Of<SubscribePage>(context, StatusCodes.Status200OK, new SubscribeForm
        {
            Topics = topic,
            TimeZone = SubscribeForm.KnownZone(timeZone),
            PageUrl = SubscribeForm.PageAddress(context.Request.Headers.Referer),
        });

    public static async Task<RazorComponentResult> SubmitAsync(
        HttpContext context, SignUpReader reader, Subscriptions subscriptions, FormTokens tokens, IOptionsMonitor<LimitOptions> limits, TimeProvider clock, CancellationToken cancellationToken)
    {
        var (form, status, problem) = await ReaderForm.ReadAsync(context.Request, cancellationToken);
        if (form is null)
        {
            return Again(context, status, new SubscribeForm(), Whole(problem));
        }

        var filled = SubscribeForm.From(form);
        if (filled.Website is not null)
        {
            // A program filled in what no person sees; it learns nothing from the answer.
            return ReaderDocument.Of<SubscribedPage>(context, StatusCodes.Status200OK, filled);
        }

        if (tokens.Age(filled.Token) is not { } age)
        {
            return Again(context, StatusCodes.Status400BadRequest, filled, Whole("This page had been open for too long. Nothing is lost: please press the button once more."));
        }

        if (TimeSpan.FromSeconds(limits.CurrentValue.FormSeconds) - age is var rest && rest > TimeSpan.Zero)
        {
            // Nobody reads and fills in a form that fast, but a browser may; who is no program does not notice.
            await Task.Delay(rest, clock, cancellationToken);
        }

        if (reader.Read(filled.ToRequest(), out var errors) is not { } signUp)
        {
            return Again(context, StatusCodes.Status400BadRequest, filled, errors);
        }

        if (!await subscriptions.OptInAsync(signUp, context.Visitor, "form", cancellationToken))
        {
            context.Response.Headers.RetryAfter = "3600";
            return Again(context, StatusCodes.Status429TooManyRequests, filled, Whole("Too many sign-ups came from here in the last hour. Please try again later."));
        }

        return ReaderDocument.Of<SubscribedPage>(context, StatusCodes.Status200OK, filled);
    }

    public static async Task<RazorComponentResult> ShowConfirmAsync(string token, LinkTokens tokens, Database database, TimeProvider clock, HttpContext context, CancellationToken cancellationToken)
    {
        if (!tokens.TryRead(LinkPurpose.Confirm, token, out var id))
        {
            return Page(context, LinkPageModel.BadLink);
        }

        await using var db = database.Read();
        var optIn = await db.OptIns.AsNoTracking().FirstOrDefaultAsync(o => o.Id == id, cancellationToken);
        if (optIn is null)
        {
            return Page(context, LinkPageModel.BadLink);
        }

        if (optIn.ConfirmedAt is null)
        {
            return Page(context, optIn.ExpiresAt <= clock.GetUtcNow() ? LinkPageModel.ConfirmExpired : LinkPageModel.AskConfirm);
        }

        // Whoever confirmed and left again is not told to be on the list.
        var isActive = await db.Subscriptions.AnyAsync(s => s.ContactId == optIn.ContactId && s.State == SubscriptionState.Active, cancellationToken);
        return Page(context, isActive ? LinkPageModel.Confirmed : LinkPageModel.ConfirmExpired);
    }

    public static async Task<RazorComponentResult> ConfirmAsync(
        string token, LinkTokens tokens, Database database, Subscriptions subscriptions, HttpContext context, CancellationToken cancellationToken)
    {
        if (!tokens.TryRead(LinkPurpose.Confirm, token, out var id))
        {
            return Page(context, LinkPageModel.BadLink);
        }

        var visitor = context.Visitor;
        var answer = await database.WriteAsync(async write =>
        {
            if (write.IsPostgres)
            {
                // A second press of the button, or an unsubscribe, waits here until this one is through.
                await write.ExecuteAsync("SELECT id FROM contacts WHERE id = (SELECT contact_id FROM opt_ins WHERE id = @id) FOR UPDATE", ("id", id));
            }

            var found = await write.QueryAsync("""
                SELECT o.contact_id, o.confirmed_at, c.hash, c.channel, c.address, s.state
                FROM opt_ins o JOIN contacts c ON c.id = o.contact_id LEFT JOIN subscriptions s ON s.contact_id = c.id WHERE o.id = @id
                """,
                row => (
                    Contact: row.GetInt64(0), IsConfirmed: !row.IsDBNull(1), Hash: row.GetString(2), Channel: (Channel)row.GetInt32(3), Address: row.Text(4),
                    IsActive: !row.IsDBNull(5) && row.GetInt32(5) == (int)SubscriptionState.Active),
                ("id", id));
            if (found is not [var optIn])
            {
                return LinkPageModel.BadLink;
            }

            if (optIn.IsConfirmed)
            {
                return optIn.IsActive ? LinkPageModel.Confirmed : LinkPageModel.ConfirmExpired;
            }

            var evidence = new ConsentEvidence { Address = optIn.Address, Ip = visitor.Address?.ToString(), UserAgent = visitor.UserAgent, MessageId = $"opt-in {id}" };
            return await subscriptions.ConfirmAsync(write, optIn.Contact, optIn.Hash, optIn.Channel, "link", evidence, id) ? LinkPageModel.Confirmed : LinkPageModel.ConfirmExpired;
        }, cancellationToken);
        return Page(context, answer);
    }

    private static RazorComponentResult Again(HttpContext context, int status, SubscribeForm filled, IReadOnlyDictionary<string, string[]> errors) =>
        ReaderDocument.Of<SubscribePage>(context, status, filled with { Errors = errors });

    private static Dictionary<string, string[]> Whole(string problem) => new(StringComparer.Ordinal) { [""] = [problem] };

    private static RazorComponentResult Page(HttpContext context, LinkPageModel model) => ReaderDocument.Of<LinkPage>(context, model.Status, model);
}
