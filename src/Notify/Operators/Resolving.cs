using System.Globalization;
using Microsoft.AspNetCore.Http.HttpResults;
using Notify.Alerts;
using Notify.Deliveries;
using Notify.Storage;
using Notify.Web;

namespace Notify.Operators;

/// <summary>A person's word on deliveries of which nobody can tell whether they went, asked for by the API.</summary>
internal static class Resolving
{
    public static void MapResolving(this IEndpointRouteBuilder routes)
    {
        var api = routes.MapGroup("/api").WithTags("Alerts").RequireAuthorization(Policies.AlertsWrite).WithMetadata(ApiAudit.DoneElsewhere);
        api.MapPost("/deliveries/{id:long}/resolve", OneAsync).ProducesValidationProblem().ProducesProblem(StatusCodes.Status404NotFound).ProducesProblem(StatusCodes.Status409Conflict)
            .WithSummary("Settles a delivery that is unknown: `as` is `sent`, it went, or `again`, send it once more.");
        api.MapPost("/alerts/{id:guid}/resolve", AllAsync).ProducesValidationProblem().ProducesProblem(StatusCodes.Status404NotFound).ProducesProblem(StatusCodes.Status409Conflict)
            .WithSummary("Settles all deliveries of an alert that are unknown: `as` is `sent`, they went, or `again`, send them once more.");
    }

    /// <summary>The line of the audit log.</summary>
    public static Func<Write, Task> Note(string who, long deliveryId, Verdict verdict) =>
        write => AuditLog.AddAsync(write, who, string.Create(CultureInfo.InvariantCulture, $"decided that unknown delivery {deliveryId} {Word(verdict)}"));

    /// <inheritdoc cref="Note(string, long, Verdict)" />
    public static Func<Write, int, Task> Note(string who, Guid alertId, Verdict verdict) =>
        (write, count) => AuditLog.AddAsync(write, who, string.Create(CultureInfo.InvariantCulture, $"decided that {count} unknown deliveries of alert {alertId} {Word(verdict)}"));

    private static string Word(Verdict verdict) => verdict == Verdict.Sent ? "went" : "be sent again";

    private static async Task<Results<Ok<ResolveAnswer>, ValidationProblem, ProblemHttpResult>> OneAsync(
        long id, ResolveRequest request, HttpContext context, AlertControl control, CancellationToken cancellationToken) =>
        Read(request) is { } verdict
            ? Answer(await control.ResolveAsync(id, verdict, Note(Who(context), id, verdict), cancellationToken), 1, "delivery")
            : Faulty();

    private static async Task<Results<Ok<ResolveAnswer>, ValidationProblem, ProblemHttpResult>> AllAsync(
        Guid id, ResolveRequest request, HttpContext context, AlertControl control, CancellationToken cancellationToken)
    {
        if (Read(request) is not { } verdict)
        {
            return Faulty();
        }

        var (result, count) = await control.ResolveAllAsync(id, verdict, Note(Who(context), id, verdict), cancellationToken);
        return Answer(result, count, "alert");
    }

    private static Results<Ok<ResolveAnswer>, ValidationProblem, ProblemHttpResult> Answer(Resolved result, int count, string what) => result switch
    {
        Resolved.Done => TypedResults.Ok(new ResolveAnswer(count)),
        Resolved.NoSuchDelivery => TypedResults.Problem(statusCode: StatusCodes.Status404NotFound, title: $"There is no such {what}."),
        Resolved.Cancelled => TypedResults.Problem(
            statusCode: StatusCodes.Status409Conflict, title: "The alert was cancelled.", detail: "Nothing of it is sent any more; what is unknown can only be settled as sent."),
        _ => TypedResults.Problem(statusCode: StatusCodes.Status409Conflict, title: "Nothing is unknown here.", detail: "What became of it is known by now, or somebody else has decided."),
    };

    private static ValidationProblem Faulty() => TypedResults.ValidationProblem(
        new Dictionary<string, string[]>(StringComparer.Ordinal) { ["as"] = ["Say sent, when it went, or again, to send it once more."] }, title: "The verdict cannot be read.");

    private static Verdict? Read(ResolveRequest request) => request.As switch
    {
        "sent" => Verdict.Sent,
        "again" => Verdict.Again,
        _ => null,
    };

    private static string Who(HttpContext context) => context.User.Identity?.Name ?? "api";

    /// <param name="As"><c>sent</c> or <c>again</c>.</param>
    internal sealed record ResolveRequest(string? As);

    /// <param name="Resolved">How many deliveries it was.</param>
    internal sealed record ResolveAnswer(int Resolved);
}
