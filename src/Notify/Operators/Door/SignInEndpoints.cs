using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;
using Notify.Web;

namespace Notify.Operators.Door;

/// <summary>What the page at the console's door shows.</summary>
public enum DoorView
{
    /// <summary>The form that asks for a link by mail.</summary>
    Ask,

    /// <summary>The same for a known and an unknown address.</summary>
    Asked,

    /// <summary>The button behind a link.</summary>
    Button,

    /// <summary>The link was used or has run out.</summary>
    Spent,

    /// <summary>The page is for another role.</summary>
    NotAllowed,

    /// <summary>There is no such page.</summary>
    Nowhere,
}

/// <summary>Signing in and out. A link's GET shows a button and changes nothing, because scanners open links; its POST signs in.</summary>
internal static class SignInEndpoints
{
    /// <summary>Asking takes at least this long, so that the time does not tell whether the address is known.</summary>
    private static readonly TimeSpan AskingTakes = TimeSpan.FromMilliseconds(300);

    public static void MapSignIn(this IEndpointRouteBuilder routes)
    {
        var signIn = routes.MapGroup(SignIns.Path).ExcludeFromDescription().DisableAntiforgery().AddEndpointFilter(RefuseOtherSitesAsync);
        signIn.MapGet("", (HttpContext context) => Page(context, DoorView.Ask));
        signIn.MapPost("", AskAsync);
        signIn.MapGet("/{secret}", ShowAsync);
        signIn.MapPost("/{secret}", EnterAsync);
        routes.MapPost("/ops/sign-out", (Delegate)LeaveAsync).ExcludeFromDescription().DisableAntiforgery().AddEndpointFilter(RefuseOtherSitesAsync);
    }

    private static async Task<RazorComponentResult> AskAsync(HttpContext context, SignIns signIns, TimeProvider clock, CancellationToken cancellationToken)
    {
        var began = clock.GetTimestamp();
        var form = context.Request.HasFormContentType ? await context.Request.ReadFormAsync(cancellationToken) : FormCollection.Empty;
        if (form["email"].ToString() is { Length: > 0 and <= 254 } email)
        {
            await signIns.MailLinkAsync(email, cancellationToken);
        }

        if (AskingTakes - clock.GetElapsedTime(began) is var rest && rest > TimeSpan.Zero)
        {
            await Task.Delay(rest, clock, cancellationToken);
        }

        return Page(context, DoorView.Asked);
    }

    private static async Task<RazorComponentResult> ShowAsync(string secret, HttpContext context, SignIns signIns, CancellationToken cancellationToken) =>
        Page(context, await signIns.IsOpenAsync(secret, cancellationToken) ? DoorView.Button : DoorView.Spent);

    private static async Task<Results<RedirectHttpResult, RazorComponentResult>> EnterAsync(
        string secret, HttpContext context, SignIns signIns, IOptionsMonitor<OperatorOptions> options, TimeProvider clock, CancellationToken cancellationToken)
    {
        if (await signIns.UseAsync(secret, cancellationToken) is not { } person)
        {
            return Page(context, DoorView.Spent);
        }

        var now = clock.GetUtcNow();
        await context.SignInAsync(CookieAuthenticationDefaults.AuthenticationScheme, OperatorCookie.Principal(person),
            new AuthenticationProperties { IsPersistent = true, IssuedUtc = now, ExpiresUtc = now + options.CurrentValue.SignInLength });
        return TypedResults.LocalRedirect("/ops");
    }

    private static async Task<RedirectHttpResult> LeaveAsync(HttpContext context)
    {
        await context.SignOutAsync(CookieAuthenticationDefaults.AuthenticationScheme);
        return TypedResults.LocalRedirect(SignIns.Path);
    }

    /// <summary>
    /// The secret is in the address and the cookie is SameSite, so no token is needed; what is left is another site's page that signs its visitor
    /// in as somebody else, or out. Every browser of today says where a request comes from (Fetch Metadata, W3C).
    /// </summary>
    private static async ValueTask<object?> RefuseOtherSitesAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var request = context.HttpContext.Request;
        return HttpMethods.IsPost(request.Method) && request.Headers["Sec-Fetch-Site"].ToString() is "cross-site" or "same-site"
            ? TypedResults.Problem(statusCode: StatusCodes.Status403Forbidden, title: "This must be asked from Notify's own page.")
            : await next(context);
    }

    /// <summary>Anything under <c>/ops</c> that is no page, for whoever is signed in.</summary>
    public static void MapNowhere(this IEndpointRouteBuilder routes) =>
        routes.MapGet("/ops/{**rest}", (HttpContext context) => Page(context, DoorView.Nowhere)).RequireAuthorization(Policies.Viewer).WithOrder(int.MaxValue).ExcludeFromDescription();

    public static RazorComponentResult Page(HttpContext context, DoorView view)
    {
        // An address with a secret in it must not travel on in a Referer header, nor lie in a cache.
        context.Response.Headers["Referrer-Policy"] = "no-referrer";
        context.Response.Headers.CacheControl = "no-store";
        context.Response.Headers.ContentSecurityPolicy = "default-src 'none'; style-src 'self'; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
        return new RazorComponentResult<DoorPage>(new Dictionary<string, object?>(StringComparer.Ordinal) { [nameof(DoorPage.View)] = view }) { StatusCode = StatusOf(view) };
    }

    private static int StatusOf(DoorView view) => view switch
    {
        DoorView.Spent => StatusCodes.Status410Gone,
        DoorView.NotAllowed => StatusCodes.Status403Forbidden,
        DoorView.Nowhere => StatusCodes.Status404NotFound,
        _ => StatusCodes.Status200OK,
    };
}
