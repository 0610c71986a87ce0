using Microsoft.EntityFrameworkCore;
using Notify.Contacts;
using Notify.Deliveries;
using Notify.Messages;
using Notify.Storage;

namespace Notify.Inbound;

/// <summary>Answers that were decided after the webhook had gone: their words lie on the delivery itself.</summary>
internal sealed class ReplyMessages(Database database) : IMessageSource
{
    public SourceKind Kind => SourceKind.Reply;

    public async Task<CompiledMessage?> CompileAsync(Wanted wanted, CancellationToken cancellationToken)
    {
        await using var db = database.Read();
        var body = await db.Deliveries.Where(d => d.SubjectId == wanted.SubjectId && d.SourceId == Source.Replies).Select(d => d.Body).FirstOrDefaultAsync(cancellationToken);
        if (wanted.Channel != Channel.Text || body is null)
        {
            return null;
        }

        var text = TextNormaliser.Normalise(body);
        return new CompiledMessage.Text(text, Segments.Count(text).Segments);
    }
}
