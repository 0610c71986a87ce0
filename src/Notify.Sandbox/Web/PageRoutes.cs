using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Notify.Sandbox.Web;

/// <summary>The carrier's own page, and the stream that tells it when to look again.</summary>
internal sealed class PageRoutes(Changes changes, TimeProvider clock, CancellationToken stopping)
{
    private const string Policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; frame-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    /// <summary>Under load the page looks a few times a second, not at each text.</summary>
    private static readonly TimeSpan Breath = TimeSpan.FromMilliseconds(300);

    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(15);

    public void Map(IEndpointRouteBuilder routes)
    {
        Serve(routes, "/", "index.html", "text/html");
        Serve(routes, "/carrier.css", "carrier.css", "text/css");
        Serve(routes, "/carrier.js", "carrier.js", "text/javascript");
        Serve(routes, "/icon.svg", "icon.svg", "image/svg+xml");
        routes.MapGet("/changes", StreamAsync);
    }

    private static void Serve(IEndpointRouteBuilder routes, string path, string name, string type)
    {
        using var resource = typeof(PageRoutes).Assembly.GetManifestResourceStream($"Notify.Sandbox.Pages.{name}")!;
        using var reader = new StreamReader(resource, Encoding.UTF8);
        var content = reader.ReadToEnd();
        routes.MapGet(path, (HttpResponse response) =>
        {
            response.Headers.ContentSecurityPolicy = Policy;
            response.Headers.CacheControl = "no-cache";
            return Results.Text(content, $"{type}; charset=utf-8");
        });
    }

    /// <summary>Server-sent events: the revision, whenever it has grown.</summary>
    private async Task StreamAsync(HttpContext http)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, stopping);
        http.Response.ContentType = "text/event-stream";
        http.Response.Headers.CacheControl = "no-store";
        try
        {
            var told = -1L;
            while (true)
            {
                var revision = changes.Revision;
                await http.Response.WriteAsync(
                    revision == told ? ": still here\n\n" : string.Create(CultureInfo.InvariantCulture, $"data: {revision}\n\n"), either.Token);
                await http.Response.Body.FlushAsync(either.Token);
                told = revision;
                await Task.Delay(Breath, clock, either.Token);
                await Task.WhenAny(changes.WaitAsync(told, either.Token), Task.Delay(Silence, clock, either.Token));
                either.Token.ThrowIfCancellationRequested();
            }
        }
        catch (OperationCanceledException)
        {
            // The page was closed, or the carrier stops.
        }
    }
}
