using System.Globalization;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;
using Notify.Alerts;
using Notify.Consent;
using Notify.Contacts;
using Notify.Publication;
using Notify.Web;

namespace Notify.Operators;

/// <summary>What operators and their programs ask about one reader, and the stop that came another way.</summary>
internal static class LookUpEndpoints
{
    public static void MapLookUps(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/api").WithTags("Readers");
        group.MapGet("/deliveries", DeliveriesAsync).RequireAuthorization(Policies.SubscribersRead).ProducesValidationProblem().ProducesProblem(StatusCodes.Status404NotFound)
            .WithSummary("Why someone did or did not get something: newest first, every change with its time and reason. `article` is an article's id or address.");
        group.MapGet("/subscribers", SubscriberAsync).RequireAuthorization(Policies.SubscribersRead).ProducesValidationProblem().ProducesProblem(StatusCodes.Status404NotFound)
            .WithSummary("What is kept about a reader: subscription, consent entries with their words, suppressions.");
        group.MapPost("/revocations", RevokeAsync).RequireAuthorization(Policies.SubscribersWrite).ProducesValidationProblem()
            .WithSummary("A stop that came by phone, letter or in person. Works for unknown contacts too; again changes nothing.")
            .WithMetadata(ApiAudit.DoneElsewhere);
    }

    private static async Task<Results<Ok<IReadOnlyList<DeliveryStory>>, ValidationProblem, ProblemHttpResult>> DeliveriesAsync(
        string? contact, string? article, Explanations explanations, IOptionsMonitor<PublicationOptions> site, CancellationToken cancellationToken)
    {
        if (Read(contact, site.CurrentValue, out var errors) is not { } point)
        {
            return TypedResults.ValidationProblem(errors, title: "The contact cannot be read.");
        }

        if (article is not { Length: > 0 })
        {
            return TypedResults.Ok(await explanations.TellAsync(point, null, cancellationToken));
        }

        return await explanations.FindArticleAsync(article, cancellationToken) is { } found
            ? TypedResults.Ok(await explanations.TellAsync(point, found, cancellationToken))
            : TypedResults.Problem(statusCode: StatusCodes.Status404NotFound, title: "There is no such article.", detail: "Give the id it has here, or its address.");
    }

    private static async Task<Results<Ok<ReaderFile>, ValidationProblem, ProblemHttpResult>> SubscriberAsync(
        string? contact, ReaderFiles files, IOptionsMonitor<PublicationOptions> site, CancellationToken cancellationToken)
    {
        if (Read(contact, site.CurrentValue, out var errors) is not { } point)
        {
            return TypedResults.ValidationProblem(errors, title: "The contact cannot be read.");
        }

        return await files.FindAsync(point, cancellationToken) is { } file
            ? TypedResults.Ok(file)
            : TypedResults.Problem(statusCode: StatusCodes.Status404NotFound, title: "Nothing is known of this contact.");
    }

    private static async Task<Results<Ok<RevocationAnswer>, ValidationProblem>> RevokeAsync(
        RevocationRequest request, HttpContext context, Revocations revocations, IOptionsMonitor<PublicationOptions> site, CancellationToken cancellationToken)
    {
        var point = Read(request.Contact, site.CurrentValue, out var errors);
        Revocations.Check(request.How, request.Note, errors);
        if (point is null || errors.Count > 0)
        {
            return TypedResults.ValidationProblem(errors, title: "The revocation has faults.");
        }

        await revocations.RecordAsync(point, request.How!, request.Note, context.User.Identity?.Name ?? "api", cancellationToken);
        return TypedResults.Ok(new RevocationAnswer("stopped"));
    }

    /// <summary>A plus sign that was not escaped arrives as a blank; a number is meant all the same.</summary>
    internal static ContactPoint? Read(string? raw, PublicationOptions site, out Dictionary<string, string[]> errors)
    {
        errors = new Dictionary<string, string[]>(StringComparer.Ordinal);
        var text = raw is [' ', >= '0' and <= '9', ..] ? string.Create(CultureInfo.InvariantCulture, $"+{raw[1..]}") : raw;
        if (ContactPoint.TryParse(text, site.DefaultRegion, out var contact))
        {
            return contact;
        }

        errors["contact"] = ["Send a phone number with its country code, such as +12125550143, or an e-mail address."];
        return null;
    }

    /// <param name="How">By which way it came: phone, letter, in person.</param>
    internal sealed record RevocationRequest(string? Contact, string? How, string? Note);

    internal sealed record RevocationAnswer(string Status);
}

/// <summary>Stops that came by phone, letter or in person: the same stop as any, with who recorded it.</summary>
internal sealed class Revocations(Storage.Database database, ContactBook contacts, Subscribers.Subscriptions subscriptions)
{
    private const int MaxHow = 60;
    private const int MaxNote = 1_000;

    public static void Check(string? how, string? note, Dictionary<string, string[]> errors)
    {
        if (how?.Trim() is not { Length: > 0 and <= MaxHow })
        {
            errors["how"] = [$"Say by which way it came, such as \"phone\" or \"letter\", in at most {MaxHow} characters."];
        }

        if (note is { Length: > MaxNote })
        {
            errors["note"] = [$"A note has at most {MaxNote} characters."];
        }
    }

    public Task RecordAsync(ContactPoint contact, string how, string? note, string who, CancellationToken cancellationToken) =>
        database.WriteAsync(async write =>
        {
            var contactId = await contacts.FindOrAddAsync(write, contact);
            var evidence = new ConsentEvidence { Address = contact.Value, Note = string.IsNullOrWhiteSpace(note) ? null : note.Trim(), Operator = who };
            await subscriptions.StopAsync(write, contactId, contacts.Hash(contact), contact.Channel, ConsentKind.Revoked, how.Trim(), "revoked", evidence);
            await AuditLog.AddAsync(write, who, string.Create(CultureInfo.InvariantCulture, $"recorded a stop of contact {contactId} that came by {how.Trim()}"));
        }, cancellationToken);
}
