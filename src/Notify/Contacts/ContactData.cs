using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using Notify.Storage;

namespace Notify.Contacts;

/// <summary>The address itself.</summary>
internal sealed class ContactData : IExport, IForget
{
    public string Name => "contact";

    public async Task<JsonNode?> ExportAsync(NotifyDb db, Person person, CancellationToken cancellationToken) =>
        await db.Contacts.AsNoTracking().FirstOrDefaultAsync(c => c.Id == person.ContactId, cancellationToken) is { } contact
            ? new JsonObject { ["address"] = contact.Address, ["channel"] = contact.Channel == Channel.Text ? "text" : "mail", ["region"] = contact.Region, ["since"] = contact.CreatedAt }
            : null;

    public Task ForgetAsync(Write write, Person person) => write.ExecuteAsync("UPDATE contacts SET address = NULL WHERE id = @id", ("id", person.ContactId));
}
