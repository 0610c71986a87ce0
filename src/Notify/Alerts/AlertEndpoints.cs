using System.Security.Claims;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Notify.Articles;
using Notify.Deliveries;
using Notify.Publication;
using Notify.Storage;
using Notify.Web;

namespace Notify.Alerts;

/// <summary>Articles in, and what operators ask of alerts.</summary>
internal static class AlertEndpoints
{
    public static void MapAlerts(this IEndpointRouteBuilder routes)
    {
        routes.MapPost("/api/articles", PublishAsync).RequireAuthorization(Policies.ArticlesWrite).WithTags("Articles")
            .WithSummary("Hands in an article; its readers are told once, however often it is handed in.").WithMetadata(new Microsoft.AspNetCore.Mvc.RequestSizeLimitAttribute(256 * 1024)).ProducesValidationProblem();
        routes.MapView();
        routes.MapArchive();
        var alerts = routes.MapGroup("/api/alerts").WithTags("Alerts");
        alerts.MapGet("/{id:guid}", ShowAsync).RequireAuthorization(Policies.AlertsRead).WithSummary("An alert's state and figures.");
        alerts.MapPost("/{id:guid}/pause", (Guid id, AlertControl control, CancellationToken token) => DoAsync(control.PauseAsync(id, token)))
            .RequireAuthorization(Policies.AlertsWrite).WithSummary("Stops an alert for now, on every node.");
        alerts.MapPost("/{id:guid}/resume", (Guid id, AlertControl control, CancellationToken token) => DoAsync(control.ResumeAsync(id, token)))
            .RequireAuthorization(Policies.AlertsWrite).WithSummary("Lets a paused or held alert go on.");
        alerts.MapPost("/{id:guid}/cancel", (Guid id, AlertControl control, CancellationToken token) => DoAsync(control.CancelAsync(id, token)))
            .RequireAuthorization(Policies.AlertsWrite).WithSummary("Ends an alert; what has left stays told.");
        var sending = routes.MapGroup("/api/sending").WithTags("Alerts").RequireAuthorization(Policies.AlertsWrite);
        sending.MapPost("/pause", async (AlertControl control, CancellationToken token) =>
        {
            await control.PauseAllAsync(token);
            return TypedResults.Accepted((string?)null);
        }).WithSummary("The red switch: nothing leaves any more.");
        sending.MapPost("/resume", async (AlertControl control, CancellationToken token) =>
        {
            await control.ResumeAllAsync(token);
            return TypedResults.Accepted((string?)null);
        }).WithSummary("Lets everything go on.");
    }

    private static async Task<Results<Created<ArticleAnswer>, Ok<ArticleAnswer>, ValidationProblem>> PublishAsync(
        ArticleRequest request, HttpContext context, Database database, INewsdesk newsdesk, Senders senders, IOptionsMonitor<PublicationOptions> site, CancellationToken cancellationToken)
    {
        var from = context.User.Identity?.Name ?? "api";
        var caller = context.User.FindFirstValue(ClaimTypes.NameIdentifier) ?? from;
        if (ArticleReader.Read(request, site.CurrentValue, from, caller, context.Request.Headers["Idempotency-Key"].ToString(), out var errors) is not { } draft)
        {
            return TypedResults.ValidationProblem(errors, title: "The article has faults.");
        }

        if (senders.All.Count == 0)
        {
            // Stored now, it would be an alert for nobody, and handing it in again would change nothing.
            errors["senders"] = ["No sender is set up, so nobody could be told. Set one up in the settings of a provider, and hand the article in again."];
            return TypedResults.ValidationProblem(errors, title: "Nothing can be sent.");
        }

        var (articleId, alertId, isNew) = await database.WriteAsync(write => newsdesk.PublishAsync(write, draft, request.Hold), cancellationToken);
        var answer = new ArticleAnswer(articleId, alertId);
        return isNew ? TypedResults.Created($"/api/alerts/{alertId}", answer) : TypedResults.Ok(answer);
    }

    private static async Task<Results<Ok<AlertView>, NotFound>> ShowAsync(Guid id, Database database, Tempo tempo, CancellationToken cancellationToken)
    {
        await using var db = database.Read();
        var alert = await db.Alerts.AsNoTracking().FirstOrDefaultAsync(a => a.Id == id, cancellationToken);
        var source = await db.Sources.AsNoTracking().FirstOrDefaultAsync(s => s.Id == id, cancellationToken);
        return alert is null || source is null ? TypedResults.NotFound() : TypedResults.Ok(AlertView.Of(alert, source, await database.NowAsync(cancellationToken), tempo));
    }

    private static async Task<Results<Accepted, NotFound>> DoAsync(Task<bool> verb) =>
        await verb ? TypedResults.Accepted((string?)null) : TypedResults.NotFound();

    internal sealed record ArticleAnswer(Guid Id, Guid? AlertId);
}
