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

/// <param name="Fault">Why it was not delivered, and what is to be done; null when it was, or nothing is known.</param>
public sealed record Receipt(ReceiptKind Kind, string ProviderId, ProviderFault? Fault = null)
{
    public string ProviderId { get; } = Deliveries.ProviderId.Keep(ProviderId);

    public string? Reason => Fault?.Words;
}

/// <summary>Applies receipts: in any order, as often as they come, also before the send's own answer is written. A state never goes back.</summary>
public sealed class Receipts
{
    private readonly Ledger _ledger;
    private readonly FaultBook _faults;
    private readonly IAlarm _alarm;
    private readonly Random _random;

    internal Receipts(Ledger ledger, FaultBook faults, IAlarm alarm, Random random) => (_ledger, _faults, _alarm, _random) = (ledger, faults, alarm, random);

    /// <summary>From which states a receipt moves a row on. A late "delivered" may follow "undelivered", never the reverse.</summary>
    private static string From(ReceiptKind kind) => kind switch
    {
        // What waits to be sent again, or for a better hour, was taken after all; unless the receipt is about the attempt it was put back after.
        ReceiptKind.Accepted => "((provider_id IS NULL OR provider_id <> @provider) AND (status IN (2, 8, 9) OR (status IN (0, 1) AND attempts > 0)))",
        ReceiptKind.Undelivered => "(status IN (2, 3, 8, 9) OR (status IN (0, 1) AND attempts > 0))",
        // What was dropped while it waited had arrived before.
        _ => "(status IN (2, 3, 5, 8, 9) OR (status IN (0, 1, 7) AND attempts > 0))",
    };

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
        if (write.IsPostgres && receipt.Fault is ({ IsGone: true } or { CountedTimes: > 0 }))
        {
            // Before the row, as whoever comes back does: a START beside is either seen here, or lifts what is written here.
            await write.ExecuteAsync("SELECT c.id FROM contacts c WHERE c.id = (SELECT d.contact_id FROM deliveries d WHERE d.id = @id) FOR NO KEY UPDATE", ("id", deliveryId));
        }

        var before = await write.QueryAsync(
            "SELECT source_id, status, contact_id, channel, sender, attempts, expires_at FROM deliveries WHERE id = @id" + (write.IsPostgres ? " FOR UPDATE" : ""),
            row => (Source: row.GetGuid(0), Status: (DeliveryStatus)row.GetInt32(1), Contact: row.GetInt64(2), Channel: (Contacts.Channel)row.GetInt32(3),
                Sender: row.GetString(4), Attempts: row.GetInt32(5), ExpiresAt: row.Instant(6)), ("id", deliveryId));
        if (before is not [var row])
        {
            return false;
        }

        var isAgain = receipt.Fault is { Again: not null } or { Sender: SenderFault.Broken };
        var due = DueAgain(receipt.Fault, row.Attempts, row.ExpiresAt, now);
        status = due is null ? status : DeliveryStatus.Pending;
        var changed = due is { } again ? await PutBackAsync(write, deliveryId, again, receipt) : await write.ExecuteAsync($"""
            UPDATE deliveries SET status = @status, reason = @reason, lease_owner = NULL,
              provider_id = CASE WHEN @status = 3 THEN @provider ELSE COALESCE(provider_id, @provider) END, changed_at = @now, history = history || @line
            WHERE id = @id AND {(isAgain ? AboutLastAttempt : From(receipt.Kind))}
            """,
            ("status", status), ("reason", receipt.Reason), ("provider", receipt.ProviderId), ("now", now),
            ("line", DeliveryChange.Line(now, status, receipt.Reason)), ("id", deliveryId));
        if (changed == 0)
        {
            return false;
        }

        await Figures.MoveAsync(write, [(row.Source, row.Status, status)]);
        if (receipt.Fault is { } fault)
        {
            await _faults.CountAsync(write, row.Source, row.Sender, row.Contact, fault);
            if (due is null && fault.IsGone)
            {
                await LaneLedger.SuppressAsync(write, _ledger, row.Contact, row.Channel, fault.Words, deliveryId);
            }
            else if (due is null)
            {
                await Repeated.HeardAsync(write, _ledger, row.Contact, row.Channel, fault, deliveryId);
            }

            // Whatever becomes of the message: what is said of the sender holds for all that wait for it.
            await (fault.Sender switch
            {
                SenderFault.Broken => RestAsync(write, row.Sender, now, receipt),
                SenderFault.TooFast => Standing.SlowDownAsync(write, row.Sender),
                _ => Task.CompletedTask,
            });
        }

        return true;
    }

    /// <summary>When it is sent again, where the table of codes says so and it is still news.</summary>
    /// <returns>Null: it does not come back.</returns>
    private DateTimeOffset? DueAgain(ProviderFault? fault, int attempts, DateTimeOffset expiresAt, DateTimeOffset now)
    {
        if (fault is { Sender: SenderFault.Broken })
        {
            // Even where it is no news any more when the sender has rested: another may take it over at once.
            return now < expiresAt ? now + RefusedRest : null;
        }

        var due = now + fault?.WaitAfter(attempts, _random.NextDouble());
        return due < expiresAt ? due : null;
    }

    /// <summary>Nothing leaves by this sender for a while; a person is told once, and takes the alarm away when it is mended.</summary>
    private async Task RestAsync(Write write, string sender, DateTimeOffset now, Receipt receipt)
    {
        var (before, _, _) = await Standing.ChangeAsync(write, sender,
            before => (before with { RestsUntil = now + RefusedRest, Trips = Math.Max(1, before.Trips), IsRefused = true, AwaitsReceipt = true }, receipt.Reason));
        if (before.RestsUntil < now)
        {
            write.AfterCommit(() => _ = TellAsync());
        }

        async Task TellAsync()
        {
            try
            {
                await _alarm.RaiseAsync($"sender {sender} refused by carriers", $"{receipt.Reason}. Its texts wait and are tried every half hour. Register it with the provider, then clear this.", CancellationToken.None);
            }
            catch (DatabaseBusyException)
            {
                // The next receipt after the rest says it again.
            }
        }
    }

    private static async Task<int> PutBackAsync(Write write, long deliveryId, DateTimeOffset due, Receipt receipt)
    {
        var now = await write.NowAsync();
        return await write.ExecuteAsync($"""
            UPDATE deliveries SET status = 0, reason = @reason, due_at = @due, provider_id = @provider, lease_owner = NULL, changed_at = @now, history = history || @line
            WHERE id = @id AND {AboutLastAttempt}
            """,
            ("reason", receipt.Reason), ("due", due), ("provider", receipt.ProviderId), ("now", now),
            ("line", DeliveryChange.Line(now, DeliveryStatus.Pending, receipt.Reason)), ("id", deliveryId));
    }
}
