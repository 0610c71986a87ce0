using Microsoft.AspNetCore.Components.Authorization;
using MudBlazor;
using MudBlazor.Services;
using Notify.Messages.Templates;
using Notify.Web;

namespace Notify.Operators.Console;

internal static class ConsoleSetup
{
    /// <summary>
    /// Scripts come from here alone; styles may stand in the page, because the components set them there. A circuit talks back to its own origin.
    /// </summary>
    private const string Policy =
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; connect-src 'self'; "
        + "form-action 'self'; base-uri 'self'; frame-ancestors 'none'";

    public static void AddConsole(this IHostApplicationBuilder builder)
    {
        // A template is typed into a box, and every change sends the whole of it; a character takes up to four octets.
        builder.Services.AddRazorComponents().AddInteractiveServerComponents().AddHubOptions(hub => hub.MaximumReceiveMessageSize = (4 * PartSource.MostCharacters) + (16 * 1024));
        builder.Services.AddCascadingAuthenticationState();
        builder.Services.AddMudServices(components =>
        {
            components.SnackbarConfiguration.PositionClass = Defaults.Classes.Position.BottomRight;
            // What fades in or out cannot be read meanwhile.
            components.SnackbarConfiguration.ShowTransitionDuration = 0;
            components.SnackbarConfiguration.HideTransitionDuration = 0;
        });
        builder.Services.AddSingleton<Board>();
        builder.Services.AddSingleton<ReturnsBoard>();
        builder.Services.AddSingleton<ControlRoom>();
        builder.Services.AddScoped<Deeds>();
        builder.Services.AddTransient<Ticker>();
        builder.Services.AddScoped<AuthenticationStateProvider, CircuitWatch>();
    }

    public static void UseConsole(this IApplicationBuilder app) =>
        app.Use((context, next) =>
        {
            if (context.Request.Path.StartsWithSegments("/ops", StringComparison.Ordinal))
            {
                context.Response.Headers.ContentSecurityPolicy = Policy;
            }

            return next(context);
        });

    /// <summary>Everything of it is behind the sign-in, the circuits' own address included.</summary>
    public static void MapConsole(this IEndpointRouteBuilder routes) =>
        routes.MapRazorComponents<ConsoleApp>()
            .AddInteractiveServerRenderMode(server => server.ContentSecurityFrameAncestorsPolicy = null)
            .RequireAuthorization(Policies.Viewer);
}
