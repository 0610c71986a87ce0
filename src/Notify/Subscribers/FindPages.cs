using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;
using Notify.Contacts;
using Notify.Publication;
using Notify.Storage;
using Notify.Web;

namespace Notify.Subscribers;

/// <summary>What the page for who has lost their link shows.</summary>
/// <param name="IsSent">The same, whether the contact is known or not.</param>
public sealed record FindModel(string Contact = "", string Problem = "", bool IsSent = false);

/// <summary>Sends a reader the link to their own page. It answers the same for everybody, or it would tell strangers who reads what.</summary>
internal static class FindPages
{
    public static RazorComponentResult Show(HttpContext context) => ReaderDocument.Of<FindPage>(context, StatusCodes.Status200OK, new FindModel());

    public static async Task<RazorComponentResult> SendAsync(
        HttpContext context, Database database, ContactBook contacts, SignUpLimits limits, LinkMessages messages, FormTokens tokens, IOptionsMonitor<PublicationOptions> site, CancellationToken cancellationToken)
    {
        var (form, status, problem) = await ReaderForm.ReadAsync(context.Request, cancellationToken);
        var typed = form?["contact"].ToString().Replace("\0", "", StringComparison.Ordinal).Trim() ?? "";
        if (form is null)
        {
            return Page(context, status, new FindModel(Problem: problem));
        }

        if (form["website"].ToString().Length > 0)
        {
            return Page(context, StatusCodes.Status200OK, new FindModel(IsSent: true));
        }

        if (tokens.Age(form["form"].ToString()) is null)
        {
            return Page(context, StatusCodes.Status400BadRequest, new FindModel(typed, "This page had been open for too long. Nothing is lost: please press the button once more."));
        }

        if (typed.Length > 320 || !ContactPoint.TryParse(typed, site.CurrentValue.DefaultRegion, out var contact))
        {
            return Page(context, StatusCodes.Status400BadRequest, new FindModel(typed.Length > 320 ? "" : typed, "Please enter the phone number or the e-mail address that you signed up with."));
        }

        var visitor = context.Visitor;
        var may = await database.WriteAsync(async write =>
        {
            if (!await limits.AllowAsync(write, visitor.Address, [contact]))
            {
                return false;
            }

            var hash = contacts.Hash(contact);
            if (await write.QueryAsync("SELECT id FROM contacts WHERE hash = @hash" + (write.IsPostgres ? " FOR UPDATE" : ""), row => row.GetInt64(0), ("hash", hash)) is [var id])
            {
                await messages.SendAsync(write, id);
            }

            return true;
        }, cancellationToken);
        if (!may)
        {
            context.Response.Headers.RetryAfter = "3600";
            return Page(context, StatusCodes.Status429TooManyRequests, new FindModel(typed, "This was asked too often from here in the last hour. Please try again later."));
        }

        return Page(context, StatusCodes.Status200OK, new FindModel(typed, IsSent: true));
    }

    private static RazorComponentResult Page(HttpContext context, int status, FindModel model) => ReaderDocument.Of<FindPage>(context, status, model);
}
