using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Notify.Web;

/// <summary>
/// A page for readers as an answer: rendered here, without a script, a cookie or anything from elsewhere, and with headers that hold a browser to it.
/// </summary>
internal static class ReaderDocument
{
    /// <summary>The one style sheet. It stands in each page, so that a page is one request and still looks right when saved or printed.</summary>
    public static MarkupString Style { get; } = (MarkupString)ReadStyle();

    /// <summary>
    /// The one script that readers' pages have, and only in a frame: it says how high the frame has to be, and leads to what was wrong, which a browser does not do by itself there.
    /// Without it the frame scrolls.
    /// </summary>
    public static MarkupString InFrame { get; } = (MarkupString)"""
        new ResizeObserver(() => parent.postMessage({ notifyHeight: document.documentElement.offsetHeight }, '*')).observe(document.documentElement);
        addEventListener('DOMContentLoaded', () => document.getElementById('problems')?.focus());
        """.ReplaceLineEndings("\n");

    // The page may load nothing; its own style is allowed by its hash, so that a style smuggled in would not apply (CSP 3, section 2.3.1).
    private static readonly string Policy = $"{Base}; frame-ancestors 'none'";

    private static readonly string EmbeddedPolicy = $"{Base}; script-src '{HashOf(InFrame.Value)}'; frame-ancestors *";

    private static string Base => $"default-src 'none'; style-src '{HashOf(Style.Value)}'; img-src data:; form-action 'self'; base-uri 'none'";

    /// <summary>Whether the page stands in a frame on a page of the publication's: the form alone may, for it does nothing that somebody has not typed in.</summary>
    public static bool IsEmbedded(HttpContext? context) => context?.Request is { } request && request.Path == "/subscribe" && request.Query["embed"] == "1";

    /// <param name="model">Given to the component as its parameter <c>Model</c>.</param>
    public static RazorComponentResult Of<T>(HttpContext context, int status, object model) where T : IComponent
    {
        var headers = context.Response.Headers;
        headers.ContentSecurityPolicy = IsEmbedded(context) ? EmbeddedPolicy : Policy;
        if (IsEmbedded(context))
        {
            headers.Remove("X-Frame-Options");
        }

        // A link with a secret in it must not travel on in a Referer header, nor lie in a cache.
        headers["Referrer-Policy"] = "no-referrer";
        headers.CacheControl = "no-store";
        return new RazorComponentResult<T>(new Dictionary<string, object?>(StringComparer.Ordinal) { ["Model"] = model }) { StatusCode = status };
    }

    private static string HashOf(string text) => $"sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(text)))}";

    private static string ReadStyle()
    {
        var resources = typeof(ReaderDocument).Assembly;
        using var reader = new StreamReader(resources.GetManifestResourceStream("Notify.Web.reader.css")
            ?? throw new InvalidOperationException("The readers' style sheet is not in this build."));
        // Browsers hash a style with plain line feeds; a checkout may have other line ends.
        return "\n" + reader.ReadToEnd().ReplaceLineEndings("\n");
    }
}
