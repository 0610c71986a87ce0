using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using Notify.Contacts;
using Notify.Storage;

namespace Notify.Inbound;

/// <summary>What a contact wrote to us, and what came back about it. That something came, and what followed, stays; the words go.</summary>
internal sealed class InboundData : IExport, IForget
{
    private const int Most = 4_000;

    public string Name => "texts";

    public async Task<JsonNode?> ExportAsync(NotifyDb db, Person person, CancellationToken cancellationToken)
    {
        var rows = await db.Inbox.AsNoTracking().Where(i => i.ContactId == person.ContactId).OrderByDescending(i => i.At).Take(Most).ToListAsync(cancellationToken);
        return rows.Count == 0 ? null : new JsonArray([.. rows.Select(row => (JsonNode)new JsonObject { ["at"] = row.At, ["to"] = row.Recipient, ["body"] = row.Body, ["answer"] = row.Answer })]);
    }

    public async Task ForgetAsync(Write write, Person person)
    {
        await write.ExecuteAsync("UPDATE inbox SET body = '', answer = NULL WHERE contact_id = @contact", ("contact", person.ContactId));
        await write.ExecuteAsync("UPDATE returns SET raw = NULL WHERE contact_id = @contact AND raw IS NOT NULL", ("contact", person.ContactId));
    }
}
