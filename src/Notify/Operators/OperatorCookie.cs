using System.Collections.Concurrent;
using System.Security.Claims;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Notify.Operators.Door;
using Notify.Storage;

namespace Notify.Operators;

/// <summary>
/// The sign-in of a person: a cookie that says who it is and with which stamp. Whoever carries it is looked up again once a minute, so that a
/// new role counts and a removed operator is out.
/// </summary>
internal sealed class OperatorCookie(Database database, TimeProvider clock)
{
    public const string StampClaim = "stamp";

    private static readonly TimeSpan Fresh = TimeSpan.FromMinutes(1);

    /// <summary>What was last found of each operator; there are a handful.</summary>
    private readonly ConcurrentDictionary<Guid, (Operator? Found, long At)> _seen = new();

    public static ClaimsPrincipal Principal(Operator person)
    {
        var identity = new ClaimsIdentity(CookieAuthenticationDefaults.AuthenticationScheme);
        identity.AddClaim(new Claim(ClaimTypes.NameIdentifier, person.Id.ToString()));
        identity.AddClaim(new Claim(ClaimTypes.Name, person.Email));
        identity.AddClaim(new Claim(ClaimTypes.Role, person.Role.ToString()));
        identity.AddClaim(new Claim(StampClaim, person.Stamp));
        return new ClaimsPrincipal(identity);
    }

    /// <summary>The operator a principal stands for; null when it is none any more.</summary>
    /// <param name="isFresh">Asks the database even when it was asked within the last minute.</param>
    public async Task<Operator?> FindAsync(ClaimsPrincipal? principal, bool isFresh, CancellationToken cancellationToken)
    {
        if (!Guid.TryParse(principal?.FindFirstValue(ClaimTypes.NameIdentifier), out var id) || principal.FindFirstValue(StampClaim) is not { } stamp)
        {
            return null;
        }

        if (isFresh || !_seen.TryGetValue(id, out var seen) || clock.GetElapsedTime(seen.At) > Fresh)
        {
            await using var db = database.Read();
            seen = (await db.Operators.AsNoTracking().FirstOrDefaultAsync(o => o.Id == id, cancellationToken), clock.GetTimestamp());
            _seen[id] = seen;
        }

        return seen.Found?.Stamp == stamp ? seen.Found : null;
    }

    /// <summary>What was found of an operator counts no more: it has another role or stamp now.</summary>
    public void Forget(Guid operatorId) => _seen.TryRemove(operatorId, out _);

    public static void Configure(CookieAuthenticationOptions cookie, IConfiguration configuration)
    {
        cookie.Cookie.Name = "notify.ops";
        cookie.Cookie.HttpOnly = true;
        cookie.Cookie.SameSite = SameSiteMode.Lax;
        // Behind a proxy that ends TLS this process sees plain HTTP; the public address tells.
        cookie.Cookie.SecurePolicy = configuration["PublicUrl"]?.StartsWith("https:", StringComparison.OrdinalIgnoreCase) == true
            ? CookieSecurePolicy.Always
            : CookieSecurePolicy.SameAsRequest;
        cookie.LoginPath = SignIns.Path;
        cookie.SlidingExpiration = true;
        cookie.Events.OnRedirectToLogin = context => AnswerAsync(context, StatusCodes.Status401Unauthorized);
        cookie.Events.OnRedirectToAccessDenied = context => AnswerAsync(context, StatusCodes.Status403Forbidden);
        cookie.Events.OnValidatePrincipal = ValidateAsync;
    }

    /// <summary>People are led to the sign-in page or told that a page is not theirs; programs get a plain answer.</summary>
    private static Task AnswerAsync(RedirectContext<CookieAuthenticationOptions> context, int status)
    {
        if (!HttpMethods.IsGet(context.Request.Method) || !context.Request.Path.StartsWithSegments("/ops", StringComparison.Ordinal))
        {
            context.Response.StatusCode = status;
            return Task.CompletedTask;
        }

        if (status == StatusCodes.Status403Forbidden)
        {
            return SignInEndpoints.Page(context.HttpContext, DoorView.NotAllowed).ExecuteAsync(context.HttpContext);
        }

        context.Response.Redirect(SignIns.Path);
        return Task.CompletedTask;
    }

    private static async Task ValidateAsync(CookieValidatePrincipalContext context)
    {
        var cookies = context.HttpContext.RequestServices.GetRequiredService<OperatorCookie>();
        if (await cookies.FindAsync(context.Principal, isFresh: false, context.HttpContext.RequestAborted) is { } person)
        {
            context.ReplacePrincipal(Principal(person));
            return;
        }

        context.RejectPrincipal();
        await context.HttpContext.SignOutAsync(CookieAuthenticationDefaults.AuthenticationScheme);
    }

    /// <summary>The length of a sign-in comes from the settings, which are known only once the host is built.</summary>
    internal sealed class Lengths(IOptions<OperatorOptions> options) : IPostConfigureOptions<CookieAuthenticationOptions>
    {
        public void PostConfigure(string? name, CookieAuthenticationOptions cookie) => cookie.ExpireTimeSpan = options.Value.SignInLength;
    }
}
