using System.Net;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Notify.Contacts;
using Notify.Deliveries;
using Notify.Messages;
using Notify.Publication;
using Notify.Storage;
using Notify.Web;

namespace Notify.Subscribers;

/// <summary>What a confirmation says. Nothing the form was given appears in it, so that the form cannot be used to write to strangers.</summary>
internal sealed class ConfirmationMessages(Database database, IOptionsMonitor<PublicationOptions> options, LinkTokens tokens, PublicAddress address) : IMessageSource
{
    public SourceKind Kind => SourceKind.Confirmation;

    public async Task<CompiledMessage?> CompileAsync(Guid subjectId, Channel channel, int others, CancellationToken cancellationToken)
    {
        await using var db = database.Read();
        var site = options.CurrentValue;
        if (!await db.OptIns.AnyAsync(o => o.Id == subjectId, cancellationToken))
        {
            return null;
        }

        if (channel == Channel.Text)
        {
            var body = TextNormaliser.Normalise(
                $"{site.Name}: Reply Y to get news texts ({Frequency(site)}). Msg&data rates may apply. HELP for help, STOP to cancel. Not you? Ignore.", site.FoldAccents);
            return new CompiledMessage.Text(body, Segments.Count(body).Segments);
        }

        var link = address.Link("/confirm/" + tokens.Make(LinkPurpose.Confirm, subjectId));
        var (name, postal, href) = (WebUtility.HtmlEncode(site.Name), WebUtility.HtmlEncode(site.PostalAddress), WebUtility.HtmlEncode(link));
        return new CompiledMessage.Mail(
            $"Please confirm: news by e-mail from {site.Name}",
            $"""
            Somebody, we hope you, asked for news by e-mail from {site.Name}.

            To say yes, open this page and press the button:
            {link}

            Not you? Then do nothing: you will get no news, and this address is not used.

            {site.Name}
            {site.PostalAddress}
            """,
            $"""
            <!DOCTYPE html>
            <html lang="en"><head><meta charset="utf-8"><meta name="color-scheme" content="light dark"><title>Please confirm</title></head>
            <body style="font-family:system-ui,sans-serif;line-height:1.5;max-width:34rem;margin:2rem auto;padding:0 1rem">
            <p>Somebody, we hope you, asked for news by e-mail from <strong>{name}</strong>.</p>
            <p><a href="{href}" style="display:inline-block;padding:.7rem 1.4rem;background:#1d4ed8;color:#ffffff;border-radius:.4rem;text-decoration:none">Yes, send me the news</a></p>
            <p>Not you? Then do nothing: you will get no news, and this address is not used.</p>
            <hr><p style="font-size:.85rem">{name}<br>{postal}</p>
            </body></html>
            """,
            ListName: null, UnsubscribeMark: null);
    }

    private static string Frequency(PublicationOptions site) => site.MaxTextsPerDay > 0 ? $"up to {site.MaxTextsPerDay}/day" : "frequency varies";
}
