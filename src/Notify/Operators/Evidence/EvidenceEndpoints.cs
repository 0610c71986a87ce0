using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;
using Notify.Operators.Door;
using Notify.Publication;
using Notify.Web;

namespace Notify.Operators.Evidence;

/// <summary>
/// The evidence document as a page and as JSON. Editors and admins make it, for it shows a reader's whole number or address, and every making is in
/// the audit log. The page goes by the contact's row, so that no number stands in an address or a history.
/// </summary>
internal static class EvidenceEndpoints
{
    public static void MapEvidence(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/evidence", JsonAsync).WithTags("Readers").RequireAuthorization(Policies.SubscribersWrite).ProducesValidationProblem().ProducesProblem(StatusCodes.Status404NotFound)
            .WithSummary("Everything that shows what a contact agreed to, what was sent to it and what it answered, with the proof that the ledger is unbroken.");
        routes.MapGet("/ops/evidence/{contactId:long}", PageAsync).RequireAuthorization(Policies.Editor).ExcludeFromDescription();
    }

    private static async Task<Results<Ok<EvidenceFile>, ValidationProblem, ProblemHttpResult>> JsonAsync(
        string? contact, HttpContext context, EvidenceFiles files, IOptionsMonitor<PublicationOptions> site, CancellationToken cancellationToken)
    {
        if (LookUpEndpoints.Read(contact, site.CurrentValue, out var errors) is not { } point)
        {
            return TypedResults.ValidationProblem(errors, title: "The contact cannot be read.");
        }

        context.Response.Headers.CacheControl = "no-store";
        return await files.MakeAsync(point, Who(context), cancellationToken) is { } file
            ? TypedResults.Ok(file)
            : TypedResults.Problem(statusCode: StatusCodes.Status404NotFound, title: "Nothing is known of this contact.");
    }

    private static async Task<RazorComponentResult> PageAsync(long contactId, HttpContext context, EvidenceFiles files, CancellationToken cancellationToken)
    {
        if (await files.MakeAsync(contactId, Who(context), cancellationToken) is not { } file)
        {
            return SignInEndpoints.Page(context, DoorView.Nowhere);
        }

        context.Response.Headers["Referrer-Policy"] = "no-referrer";
        context.Response.Headers.CacheControl = "no-store";
        context.Response.Headers.ContentSecurityPolicy = "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
        return new RazorComponentResult<EvidenceDocument>(new Dictionary<string, object?>(StringComparer.Ordinal) { [nameof(EvidenceDocument.File)] = file });
    }

    private static string Who(HttpContext context) => context.User.Identity?.Name ?? "api";
}
