using System.Security.Claims;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Options;
using Notify.Articles;
using Notify.Deliveries;
using Notify.Publication;
using Notify.Storage;
using Notify.Web;

namespace Notify.Alerts;

/// <summary>Articles in, edited and taken back, by a CMS.</summary>
internal static class ArticleEndpoints
{
    private const int MaxKey = 255;

    public static void MapArticleDesk(this IEndpointRouteBuilder routes)
    {
        var articles = routes.MapGroup("/api/articles").RequireAuthorization(Policies.ArticlesWrite).WithTags("Articles").WithMetadata(new RequestSizeLimitAttribute(256 * 1024));
        articles.MapPost("/", PublishAsync).ProducesValidationProblem()
            .WithSummary("Hands in an article; its readers are told once, however often it is handed in. An Idempotency-Key makes asking again the same request.");
        articles.MapPut("/{id:guid}", EditAsync).ProducesValidationProblem()
            .WithSummary("Edits an article, all of it: what has not begun goes out like this. With `correction` those who got the former words are told.");
        articles.MapDelete("/{id:guid}", UnpublishAsync).WithSummary("Takes an article back: whatever of it waits is not sent. Again changes nothing.");
    }

    private static async Task<Results<Created<ArticleAnswer>, Ok<ArticleAnswer>, ValidationProblem, ProblemHttpResult>> PublishAsync(
        ArticleRequest request, HttpContext context, [FromHeader(Name = "Idempotency-Key")] string? idempotencyKey, Database database, INewsdesk newsdesk, Senders senders,
        IOptionsMonitor<PublicationOptions> site, CancellationToken cancellationToken)
    {
        var (from, caller) = WhoAsks(context);
        var draft = ArticleReader.Read(request, site.CurrentValue, from, out var errors);
        var handling = ArticleReader.ReadHandling(request, await database.NowAsync(cancellationToken), errors);
        if (idempotencyKey is { Length: > MaxKey })
        {
            errors["idempotencyKey"] = [$"An Idempotency-Key has at most {MaxKey} characters."];
        }

        if (draft is null || errors.Count > 0)
        {
            return TypedResults.ValidationProblem(errors, title: "The article has faults.");
        }

        if (senders.All.Count == 0)
        {
            // Stored now, it would be an alert for nobody, and handing it in again would change nothing.
            errors["senders"] = ["No sender is set up, so nobody could be told. Set one up in the settings of a provider, and hand the article in again."];
            return TypedResults.ValidationProblem(errors, title: "Nothing can be sent.");
        }

        var answer = await database.WriteAsync(write => KnownRequests.OnceAsync(write, caller, idempotencyKey, request, () => newsdesk.PublishAsync(write, draft, handling)), cancellationToken);
        if (answer is not { } done)
        {
            // draft-ietf-httpapi-idempotency-key-header, 2.7.
            return TypedResults.Problem(statusCode: StatusCodes.Status422UnprocessableEntity, title: "This Idempotency-Key was used for another article.",
                detail: "Under one key the same request is repeated. Send this one under a key of its own; the article that was handed in under this key is not changed.");
        }

        var shown = new ArticleAnswer(done.ArticleId, done.AlertId);
        return done.IsNew ? TypedResults.Created($"/api/alerts/{done.AlertId}", shown) : TypedResults.Ok(shown);
    }

    private static async Task<Results<Ok<EditAnswer>, ValidationProblem, ProblemHttpResult>> EditAsync(
        Guid id, ArticleRequest request, HttpContext context, Database database, INewsdesk newsdesk, Corrections corrections, AlertControl control, IOptionsMonitor<PublicationOptions> site,
        CancellationToken cancellationToken)
    {
        if (ArticleReader.Read(request, site.CurrentValue, WhoAsks(context).Name, out var errors) is not { } draft)
        {
            return TypedResults.ValidationProblem(errors, title: "The article has faults.");
        }

        var (edited, exists) = await database.WriteAsync(async write => (
            request.Correction ? await corrections.CorrectAsync(write, id, draft) : await newsdesk.EditAsync(write, id, draft),
            await write.ScalarAsync<long>("SELECT count(*) FROM articles WHERE id = @id", ("id", id)) > 0), cancellationToken);
        if (edited is null)
        {
            return exists
                ? TypedResults.Problem(statusCode: StatusCodes.Status409Conflict, title: "This article was taken back.", detail: "Nothing of it goes out any more. Hand it in anew under another address to tell readers of it.")
                : NoSuchArticle();
        }

        await control.SkipEndedAsync(id, cancellationToken);
        return TypedResults.Ok(new EditAnswer(id, edited.AlertId, System.Text.Json.JsonNamingPolicy.CamelCase.ConvertName(edited.Effect.ToString()), edited.CorrectionId));
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> UnpublishAsync(Guid id, Database database, INewsdesk newsdesk, AlertControl control, CancellationToken cancellationToken)
    {
        if (!await database.WriteAsync(write => newsdesk.UnpublishAsync(write, id), cancellationToken))
        {
            return NoSuchArticle();
        }

        await control.SkipEndedAsync(id, cancellationToken);
        return TypedResults.NoContent();
    }

    private static ProblemHttpResult NoSuchArticle() =>
        TypedResults.Problem(statusCode: StatusCodes.Status404NotFound, title: "There is no such article.", detail: "Use the id that was answered when it was handed in.");

    private static (string Name, string Id) WhoAsks(HttpContext context)
    {
        var name = context.User.Identity?.Name ?? "api";
        return (name, context.User.FindFirstValue(ClaimTypes.NameIdentifier) ?? name);
    }

    internal sealed record ArticleAnswer(Guid Id, Guid? AlertId);

    /// <param name="Effect"><c>goesOut</c>, <c>archiveOnly</c>, <c>correction</c>, or <c>nothing</c> where the words are what they were.</param>
    /// <param name="CorrectionAlertId">The alert that tells those who got the former words.</param>
    internal sealed record EditAnswer(Guid Id, Guid? AlertId, string Effect, Guid? CorrectionAlertId);
}
