using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using Notify.Contacts;
using Notify.Storage;

namespace Notify.Deliveries;

/// <summary>What was sent to a contact. The rows hold nobody once the address is gone; the words of answers go with it.</summary>
internal sealed class DeliveryData : IExport, IForget
{
    /// <summary>As many as the evidence document has.</summary>
    private const int Most = 4_000;

    public string Name => "messages";

    public async Task<JsonNode?> ExportAsync(NotifyDb db, Person person, CancellationToken cancellationToken)
    {
        var (deliveries, sources) = (db.Deliveries, db.Sources);
        var rows = await deliveries.AsNoTracking().Where(d => d.ContactId == person.ContactId).OrderByDescending(d => d.Id).Take(Most)
            .Join(sources, d => d.SourceId, s => s.Id, (d, s) => new { Delivery = d, s.Kind }).ToListAsync(cancellationToken);
        return new JsonArray([.. rows.Select(row => (JsonNode)new JsonObject
        {
            ["at"] = row.Delivery.CreatedAt,
            ["purpose"] = System.Text.Json.JsonNamingPolicy.CamelCase.ConvertName(row.Kind.ToString()),
            ["status"] = DeliveryChange.Name(row.Delivery.Status),
            ["reason"] = row.Delivery.Reason,
            ["words"] = row.Delivery.Body,
        })]);
    }

    public Task ForgetAsync(Write write, Person person) =>
        write.ExecuteAsync("UPDATE deliveries SET body = '' WHERE contact_id = @contact AND body IS NOT NULL", ("contact", person.ContactId));
}
