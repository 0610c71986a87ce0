using System.Globalization;
using System.Net;
using Microsoft.Extensions.Options;
using Notify.Contacts;
using Notify.Deliveries;
using Notify.Publication;
using Notify.Web;

namespace Notify.Operators;

/// <summary>Mails to operators: the one-time link they asked for, alarms, and tests of templates. A link that was used or has run out meanwhile is not mailed any more, nor an alarm that is over.</summary>
internal sealed class NoticeMessages(
    SignIns signIns, AlarmMails alarms, TestMails tests, IOptionsMonitor<PublicationOptions> site, IOptionsMonitor<OperatorOptions> options, PublicAddress address)
    : IMessageSource
{
    public SourceKind Kind => SourceKind.Notice;

    public async Task<CompiledMessage?> CompileAsync(Wanted wanted, CancellationToken cancellationToken)
    {
        if (wanted.Channel != Channel.Mail)
        {
            return null;
        }

        if (await signIns.OpenSecretAsync(wanted.SubjectId, cancellationToken) is not { } secret)
        {
            return await alarms.ComposeAsync(wanted.SubjectId, cancellationToken) ?? await tests.ComposeAsync(wanted.SubjectId, cancellationToken);
        }

        var name = site.CurrentValue.Name;
        var link = address.Link($"{SignIns.Path}/{secret}");
        var minutes = ((int)options.CurrentValue.LinkLife.TotalMinutes).ToString(CultureInfo.InvariantCulture);
        var text = $"""
            Somebody, we hope you, wants to sign in to the console of {name}.

            To do so, open this page and press the button. The link works once, within {minutes} minutes:
            {link}

            Not you? Then do nothing: without this link nobody gets in.
            """;
        var html = $"""
            <!DOCTYPE html>
            <html lang="en"><head><meta charset="utf-8"><meta name="color-scheme" content="light dark"><title>Sign in</title></head>
            <body style="font-family:system-ui,sans-serif;line-height:1.5;max-width:34rem;margin:2rem auto;padding:0 1rem">
            <p>Somebody, we hope you, wants to sign in to the console of <strong>{WebUtility.HtmlEncode(name)}</strong>.</p>
            <p><a href="{WebUtility.HtmlEncode(link)}" style="display:inline-block;padding:.7rem 1.4rem;background:#1d4ed8;color:#ffffff;border-radius:.4rem;text-decoration:none">Sign in</a></p>
            <p>The link works once, within {minutes} minutes.</p>
            <p>Not you? Then do nothing: without this link nobody gets in.</p>
            </body></html>
            """;
        return new CompiledMessage.Mail($"Sign in to {name}", text, html, ListName: null, UnsubscribeMark: null);
    }
}
