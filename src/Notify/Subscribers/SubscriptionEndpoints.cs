using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace Notify.Subscribers;

/// <summary>The addresses of readers: sign up, confirm, choose, leave. Each link's GET shows a button and changes nothing; scanners open links.</summary>
internal static class SubscriptionEndpoints
{
    private static readonly string[] GetOrHead = [HttpMethods.Get, HttpMethods.Head];

    public static void MapSubscriptions(this IEndpointRouteBuilder routes)
    {
        routes.MapPost("/api/subscriptions", OptInAsync)
            .WithTags("Subscriptions")
            .WithSummary("Asks a reader's phone number or e-mail address to confirm. The answer is the same for a known and an unknown address.")
            .ProducesProblem(StatusCodes.Status429TooManyRequests)
            .WithMetadata(new Microsoft.AspNetCore.Mvc.RequestSizeLimitAttribute(32 * 1024))
            .ProducesValidationProblem();
        MapPages(routes);
    }

    /// <summary>
    /// A form is small, so a body may be small: whoever floods us with big ones is refused before they are read. HEAD answers as GET does, for
    /// checkers of links ask that way.
    /// </summary>
    private static void MapPages(IEndpointRouteBuilder routes)
    {
        var pages = routes.MapGroup("").ExcludeFromDescription().DisableAntiforgery().WithMetadata(new RequestSizeLimitAttribute(ReaderForm.MaxBytes));
        pages.MapMethods("/", GetOrHead, () => TypedResults.LocalRedirect("~/subscribe"));
        pages.MapMethods("/subscribe", GetOrHead, ReaderPages.Form);
        pages.MapPost("/subscribe", ReaderPages.SubmitAsync);
        pages.MapMethods("/embed.js", GetOrHead, EmbedScript.Get);
        pages.MapMethods("/subscribe/find", GetOrHead, FindPages.Show);
        pages.MapPost("/subscribe/find", FindPages.SendAsync);
        pages.MapMethods("/preferences/{token}", GetOrHead, PreferencePages.GetAsync);
        pages.MapPost("/preferences/{token}", PreferencePages.PostAsync);
        pages.MapMethods("/confirm/{token}", GetOrHead, ReaderPages.ShowConfirmAsync);
        pages.MapPost("/confirm/{token}", ReaderPages.ConfirmAsync);
        pages.MapMethods("/u", GetOrHead, LeavePages.ShowNobodys);
        pages.MapMethods("/u/{token}", GetOrHead, LeavePages.ShowAsync);
        pages.MapMethods("/u/preferences", GetOrHead, LeavePages.ShowNobodys);
        pages.MapMethods("/u/{token}/preferences", GetOrHead, PreferencePages.FromMail);
        pages.MapPost("/u/{token}", LeavePages.LeaveAsync);
        pages.MapPost("/u/{token}/back", LeavePages.AskBackAsync);
    }

    private static async Task<Results<Accepted<SignUpAnswer>, ValidationProblem, ProblemHttpResult>> OptInAsync(
        SignUpRequest request, SignUpReader reader, Subscriptions subscriptions, HttpContext context, CancellationToken cancellationToken)
    {
        if (reader.Read(request, out var errors) is not { } signUp)
        {
            return TypedResults.ValidationProblem(errors, title: "The sign-up has faults.");
        }

        if (!await subscriptions.OptInAsync(signUp, context.Visitor, "api", cancellationToken))
        {
            context.Response.Headers.RetryAfter = "3600";
            return TypedResults.Problem(statusCode: StatusCodes.Status429TooManyRequests, title: "Too many sign-ups.", detail: "Too many sign-ups came from here in the last hour. Try again later.");
        }

        return TypedResults.Accepted((string?)null, new SignUpAnswer("confirmationSent"));
    }

    extension(HttpContext context)
    {
        internal Visitor Visitor
        {
            get
            {
                var agent = context.Request.Headers.UserAgent.ToString();
                return new Visitor(context.Connection.RemoteIpAddress, agent.Length > 400 ? agent[..400] : agent);
            }
        }
    }

    internal sealed record SignUpAnswer(string Status);
}
