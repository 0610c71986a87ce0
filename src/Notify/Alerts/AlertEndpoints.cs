using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;
using Notify.Deliveries;
using Notify.Storage;
using Notify.Web;

namespace Notify.Alerts;

/// <summary>What operators ask of alerts.</summary>
internal static class AlertEndpoints
{
    public static void MapAlerts(this IEndpointRouteBuilder routes)
    {
        routes.MapArticleDesk();
        routes.MapView();
        routes.MapArchive();
        var alerts = routes.MapGroup("/api/alerts").WithTags("Alerts");
        alerts.MapGet("/{id:guid}", ShowAsync).RequireAuthorization(Policies.AlertsRead).WithSummary("An alert's state and figures.");
        alerts.MapPost("/{id:guid}/pause", (Guid id, AlertControl control, CancellationToken token) => DoAsync(control.PauseAsync(id, token)))
            .RequireAuthorization(Policies.AlertsWrite).WithSummary("Stops an alert for now, on every node.");
        alerts.MapPost("/{id:guid}/resume", (Guid id, AlertControl control, CancellationToken token) => DoAsync(control.ResumeAsync(id, token)))
            .RequireAuthorization(Policies.AlertsWrite).WithSummary("Lets an alert go on that is paused, held, or was too late to begin.");
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

    private static async Task<Results<Ok<AlertView>, NotFound>> ShowAsync(Guid id, Database database, Tempo tempo, CancellationToken cancellationToken)
    {
        await using var db = database.Read();
        var alert = await db.Alerts.AsNoTracking().FirstOrDefaultAsync(a => a.Id == id, cancellationToken);
        var source = await db.Sources.AsNoTracking().FirstOrDefaultAsync(s => s.Id == id, cancellationToken);
        return alert is null || source is null ? TypedResults.NotFound() : TypedResults.Ok(AlertView.Of(alert, source, await database.NowAsync(cancellationToken), tempo));
    }

    private static async Task<Results<Accepted, NotFound>> DoAsync(Task<bool> verb) =>
        await verb ? TypedResults.Accepted((string?)null) : TypedResults.NotFound();
}
