using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Notify.Contacts;
using Notify.Deliveries;
using Notify.Messages;
using Notify.Messages.Templates;
using Notify.Publication;
using Notify.Storage;
using Notify.Web;

namespace Notify.Subscribers;

/// <summary>What a confirmation says. Nothing the form was given appears in it, so that the form cannot be used to write to strangers.</summary>
internal sealed class ConfirmationMessages(Database database, MailTemplates templates, IOptionsMonitor<PublicationOptions> options, LinkTokens tokens, PublicAddress address) : IMessageSource
{
    public SourceKind Kind => SourceKind.Confirmation;

    public async Task<CompiledMessage?> CompileAsync(Wanted wanted, CancellationToken cancellationToken)
    {
        await using var db = database.Read();
        var site = options.CurrentValue;
        if (await db.OptIns.Where(o => o.Id == wanted.SubjectId).Select(o => o.Locale).FirstOrDefaultAsync(cancellationToken) is not { } locale)
        {
            return null;
        }

        if (wanted.Channel == Channel.Text)
        {
            var body = TextNormaliser.Normalise(
                $"{site.Name}: Reply Y to get news texts ({Frequency(site)}). Msg&data rates may apply. HELP for help, STOP to cancel. Not you? Ignore.", site.FoldAccents);
            return new CompiledMessage.Text(body, Segments.Count(body).Segments);
        }

        var link = address.Link("/confirm/" + tokens.Make(LinkPurpose.Confirm, wanted.SubjectId));
        var mail = await templates.RenderAsync(MailPart.Confirmation, locale, language => new MailValues
        {
            Site = site,
            Language = language,
            Subject = MailValues.Word(language, "confirmSubject", site),
            Confirm = link,
        }, cancellationToken);
        return new CompiledMessage.Mail(mail.Subject, mail.Text, mail.Html, ListName: null, UnsubscribeMark: null);
    }

    private static string Frequency(PublicationOptions site) => site.MaxTextsPerDay > 0 ? $"up to {site.MaxTextsPerDay}/day" : "frequency varies";
}
