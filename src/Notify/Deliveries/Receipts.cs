using Notify.Consent;
using Notify.Storage;

namespace Notify.Deliveries;

/// <summary>What a provider tells about a message it has.</summary>
public enum ReceiptKind
{
    Accepted = 3,
    Undelivered = 5,
    Delivered = 4,
}

/// <param name="RecipientGone">The contact will never take a message: it is suppressed.</param>
public sealed record Receipt(ReceiptKind Kind, string ProviderId, string? Reason = null, bool RecipientGone = false);

/// <summary>Applies receipts: in any order, as often as they come, also before the send's own answer is written. A state never goes back.</summary>
public sealed class Receipts(Ledger ledger)
{
    /// <summary>From which states a receipt moves a row on. A late "delivered" may follow "undelivered", never the reverse.</summary>
    private static string From(ReceiptKind kind) => kind switch
    {
        ReceiptKind.Accepted => "status IN (2, 8, 9)",
        ReceiptKind.Undelivered => "(status IN (2, 3, 8, 9) OR (status = 0 AND attempts > 0))",
        _ => "(status IN (2, 3, 5, 8, 9) OR (status = 0 AND attempts > 0))",
    };

    /// <returns>Whether it changed anything.</returns>
    public async Task<bool> ApplyAsync(Write write, long deliveryId, Receipt receipt)
    {
        var now = await write.NowAsync();
        var status = (DeliveryStatus)(int)receipt.Kind;
        var before = await write.QueryAsync(
            "SELECT source_id, status, contact_id, channel FROM deliveries WHERE id = @id" + (write.IsPostgres ? " FOR UPDATE" : ""),
            row => (Source: row.GetGuid(0), Status: (DeliveryStatus)row.GetInt32(1), Contact: row.GetInt64(2), Channel: (Contacts.Channel)row.GetInt32(3)), ("id", deliveryId));
        if (before is not [var row])
        {
            return false;
        }

        var changed = await write.ExecuteAsync($"""
            UPDATE deliveries SET status = @status, reason = @reason, provider_id = COALESCE(provider_id, @provider), lease_owner = NULL,
              changed_at = @now, history = history || @line
            WHERE id = @id AND {From(receipt.Kind)}
            """,
            ("status", status), ("reason", receipt.Reason), ("provider", receipt.ProviderId), ("now", now),
            ("line", DeliveryChange.Line(now, status, receipt.Reason)), ("id", deliveryId));
        if (changed == 0)
        {
            return false;
        }

        await Figures.MoveAsync(write, [(row.Source, row.Status, status)]);
        if (receipt.RecipientGone)
        {
            await LaneLedger.SuppressAsync(write, ledger, row.Contact, row.Channel, receipt.Reason ?? "gone");
        }

        return true;
    }
}
