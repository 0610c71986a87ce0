using Microsoft.AspNetCore.Http.HttpResults;

namespace Notify.Subscribers;

/// <summary>
/// Puts the form on any page of the newsroom's, in a frame where its script stands: <c>&lt;script src="https://…/embed.js" async&gt;&lt;/script&gt;</c>. Topics in <c>data-topics</c> are ticked
/// beforehand; <c>data-title</c> is what a screen reader calls the frame. Nothing of the page is read but its address, which the ledger keeps as the place of the consent.
/// </summary>
internal static class EmbedScript
{
    /// <summary>Where the form in a frame goes.</summary>
    public const string Form = "/subscribe?embed=1";

    private const string Script = """
        (() => {
          const script = document.currentScript;
          const form = new URL('subscribe?embed=1', script.src);
          for (const topic of (script.dataset.topics ?? '').split(/[\s,]+/).filter(Boolean)) {
            form.searchParams.append('topic', topic);
          }
          form.searchParams.set('timeZone', Intl.DateTimeFormat().resolvedOptions().timeZone ?? '');
          const frame = document.createElement('iframe');
          frame.title = script.dataset.title ?? 'Sign up for news';
          frame.referrerPolicy = 'no-referrer-when-downgrade';
          frame.style.cssText = 'display:block;width:100%;height:60rem;border:0';
          frame.src = form;
          addEventListener('message', event => {
            if (event.source === frame.contentWindow && event.origin === form.origin && event.data?.notifyHeight > 0) {
              frame.style.height = `${Math.ceil(event.data.notifyHeight)}px`;
            }
          });
          script.after(frame);
        })();

        """;

    public static ContentHttpResult Get(HttpContext context)
    {
        // Any page may load it; an hour is soon enough for a new version.
        context.Response.Headers.CacheControl = "public, max-age=3600";
        context.Response.Headers["Cross-Origin-Resource-Policy"] = "cross-origin";
        return TypedResults.Text(Script, "text/javascript; charset=utf-8");
    }
}
