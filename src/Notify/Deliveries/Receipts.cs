using Notify.Consent;
using Notify.Jobs;
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
/// <param name="SentTooFast">The provider dropped the message because its queue was full: the sender is slowed down, and the message is sent again.</param>
/// <param name="SenderBroken">Carriers take nothing from this sender until a person has acted: it rests, and the message is sent again.</param>
public sealed record Receipt(ReceiptKind Kind, string ProviderId, string? Reason = null, bool RecipientGone = false, bool SentTooFast = false, bool SenderBroken = false);

/// <summary>Applies receipts: in any order, as often as they come, also before the send's own answer is written. A state never goes back.</summary>
public sealed class Receipts(Ledger ledger, IAlarm alarm)
{
    /// <summary>From which states a receipt moves a row on. A late "delivered" may follow "undelivered", never the reverse.</summary>
    private static string From(ReceiptKind kind) => kind switch
    {
        // What waits to be sent again was taken after all, unless the receipt is the one it waits because of.
        ReceiptKind.Accepted => "(status IN (2, 8, 9) OR (status = 0 AND attempts > 0 AND (provider_id IS NULL OR provider_id <> @provider)))",
        ReceiptKind.Undelivered => "(status IN (2, 3, 8, 9) OR (status = 0 AND attempts > 0))",
        _ => "(status IN (2, 3, 5, 8, 9) OR (status = 0 AND attempts > 0))",
    };

    /// <summary>How often a message that a full queue dropped is sent again: after 5, 10 and 20 minutes.</summary>
    private const int QueueTries = 3;

    private static readonly TimeSpan QueueWait = TimeSpan.FromMinutes(5);

    /// <summary>How long a sender rests that carriers refuse: registering it takes a person days, and each try is billed.</summary>
    private static readonly TimeSpan RefusedRest = TimeSpan.FromMinutes(30);

    /// <summary>
    /// The receipt is about the last attempt and about no earlier one: an answered attempt has its id on the row, one without an answer has not
    /// yet, and may still carry the id of the attempt before it. So a repeated receipt never sends a third message.
    /// </summary>
    private const string AboutLastAttempt = "((status = 3 AND provider_id = @provider) OR (status IN (2, 8, 9) AND (provider_id IS NULL OR provider_id <> @provider)))";

    /// <returns>Whether it changed anything.</returns>
    public async Task<bool> ApplyAsync(Write write, long deliveryId, Receipt receipt)
    {
        var now = await write.NowAsync();
        var status = (DeliveryStatus)(int)receipt.Kind;
        var before = await write.QueryAsync(
            "SELECT source_id, status, contact_id, channel, sender, attempts, expires_at FROM deliveries WHERE id = @id" + (write.IsPostgres ? " FOR UPDATE" : ""),
            row => (Source: row.GetGuid(0), Status: (DeliveryStatus)row.GetInt32(1), Contact: row.GetInt64(2), Channel: (Contacts.Channel)row.GetInt32(3),
                Sender: row.GetString(4), Attempts: row.GetInt32(5), ExpiresAt: row.Instant(6)), ("id", deliveryId));
        if (before is not [var row])
        {
            return false;
        }

        var again = now + (QueueWait * Math.Pow(2, Math.Max(0, row.Attempts - 1)));
        if (receipt.SentTooFast && row.Attempts <= QueueTries && again < row.ExpiresAt)
        {
            var isBack = await PutBackAsync(write, deliveryId, row.Source, row.Status, again, receipt);
            if (isBack)
            {
                await Standing.SlowDownAsync(write, row.Sender);
            }

            return isBack;
        }

        if (receipt.SenderBroken && now + RefusedRest < row.ExpiresAt)
        {
            var isBack = await PutBackAsync(write, deliveryId, row.Source, row.Status, now + RefusedRest, receipt);
            if (isBack)
            {
                await RestAsync(write, row.Sender, now, receipt);
            }

            return isBack;
        }

        var changed = await write.ExecuteAsync($"""
            UPDATE deliveries SET status = @status, reason = @reason, provider_id = COALESCE(provider_id, @provider), lease_owner = NULL,
              changed_at = @now, history = history || @line
            WHERE id = @id AND {(receipt.SentTooFast ? AboutLastAttempt : From(receipt.Kind))}
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

    /// <summary>Nothing leaves by this sender for a while; a person is told once, and takes the alarm away when it is mended.</summary>
    private async Task RestAsync(Write write, string sender, DateTimeOffset now, Receipt receipt)
    {
        var before = await Standing.ReadAsync(write, sender);
        await Standing.WriteAsync(write, sender, before, before with { RestsUntil = now + RefusedRest, Trips = Math.Max(1, before.Trips) }, receipt.Reason);
        if (before.RestsUntil < now)
        {
            write.AfterCommit(() => _ = TellAsync());
        }

        async Task TellAsync()
        {
            try
            {
                await alarm.RaiseAsync($"sender {sender} refused by carriers", $"{receipt.Reason}. Its texts wait and are tried every half hour. Register it with the provider, then clear this.", CancellationToken.None);
            }
            catch (DatabaseBusyException)
            {
                // The next receipt after the rest says it again.
            }
        }
    }

    private static async Task<bool> PutBackAsync(Write write, long deliveryId, Guid source, DeliveryStatus before, DateTimeOffset due, Receipt receipt)
    {
        var now = await write.NowAsync();
        var changed = await write.ExecuteAsync($"""
            UPDATE deliveries SET status = 0, reason = @reason, due_at = @due, provider_id = @provider, lease_owner = NULL, changed_at = @now, history = history || @line
            WHERE id = @id AND {AboutLastAttempt}
            """,
            ("reason", receipt.Reason), ("due", due), ("provider", receipt.ProviderId), ("now", now),
            ("line", DeliveryChange.Line(now, DeliveryStatus.Pending, receipt.Reason)), ("id", deliveryId));
        if (changed == 1)
        {
            await Figures.MoveAsync(write, [(source, before, DeliveryStatus.Pending)]);
        }

        return changed == 1;
    }
}
