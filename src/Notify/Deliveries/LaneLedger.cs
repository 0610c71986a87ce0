using Notify.Consent;
using Notify.Contacts;
using Notify.Storage;

namespace Notify.Deliveries;

/// <summary>What a lane writes: leases, claims and outcomes.</summary>
internal sealed class LaneLedger(Database database, Ledger ledger, FailOver failOver, FaultBook faults, Spending spending, BeyondAscii beyondAscii, Withdrawals withdrawals, Random random, TimeProvider clock)
{
    public async Task<LaneLease?> TakeAsync(Sender sender, int slot, CancellationToken cancellationToken)
    {
        var asked = clock.GetTimestamp();
        var lease = new LaneLease(sender, slot, Guid.CreateVersion7(clock.GetUtcNow()).ToString("N"), clock);
        var taken = await database.WriteAsync(async write =>
        {
            var now = await write.NowAsync();
            var free = await write.ScalarAsync<object>(DeliverySql.TakeLane,
                ("sender", sender.Name), ("slot", slot), ("me", lease.Owner), ("now", now), ("until", now + LaneLease.Length));
            return free is long freeAt ? DateTimeOffset.FromUnixTimeMilliseconds(freeAt) - now : (TimeSpan?)null;
        }, cancellationToken);
        if (taken is not { } owed)
        {
            return null;
        }

        lease.Pace = new Pace(sender.SlotRate, owed, clock);
        lease.Renewed(asked);
        return lease;
    }

    public Task LeaveAsync(LaneLease lease) =>
        database.WriteAsync(async write => await write.ExecuteAsync(DeliverySql.LeaveLane,
            ("sender", lease.Sender.Name), ("slot", lease.Slot), ("me", lease.Owner), ("free", await write.NowAsync() + lease.Pace.Debt)), CancellationToken.None);

    /// <summary>Whether something waits for the sender.</summary>
    public async Task<bool> IsDueAsync(Sender sender)
    {
        var now = await database.NowAsync(CancellationToken.None);
        await using var connection = await database.ConnectAsync(CancellationToken.None);
        await using var command = connection.CreateCommand();
        command.CommandText = DeliverySql.DueSenders;
        Sql.Bind(command, "sender", sender.Name);
        Sql.Bind(command, "now", now);
        Sql.Bind(command, "text", sender.Channel == Channel.Text ? 1 : 0);
        return await command.ExecuteScalarAsync() is 1 or 1L;
    }

    /// <summary>Writes what providers definitely answered after the lane was lost.</summary>
    public async Task MarkLateAsync(LaneLease lease, IReadOnlyList<RowResult> done, DeliveryOptions options)
    {
        await database.WriteAsync(async write =>
        {
            var now = await write.NowAsync();
            var moves = new List<(Guid, DeliveryStatus, DeliveryStatus)>();
            foreach (var result in done.OrderBy(d => d.Row.Id))
            {
                await MarkLateAsync(write, lease, result, options, now, moves);
            }

            await Figures.MoveAsync(write, moves);
            await spending.RecordAsync(write, [.. lease.Unwritten, .. done], now);
        }, CancellationToken.None);
        lease.Collected([]);
    }

    private async Task MarkLateAsync(Write write, LaneLease lease, RowResult result, DeliveryOptions options, DateTimeOffset now, List<(Guid, DeliveryStatus, DeliveryStatus)> moves)
    {
        var step = await NextAsync(write, result, lease.Sender.Channel, now, options);
        var before = await write.QueryAsync("SELECT status FROM deliveries WHERE id = @id" + (write.IsPostgres ? " FOR UPDATE" : ""),
            row => (DeliveryStatus)row.GetInt32(0), ("id", result.Row.Id));
        var changed = await write.ExecuteAsync(DeliverySql.MarkLate,
            ("status", step.Status), ("reason", step.Reason), ("due", step.DueAt), ("attempts", step.Attempts), ("provider", step.ProviderId), ("now", now),
            ("line", DeliveryChange.Line(now, step.Status, step.Reason ?? step.ProviderId)), ("id", result.Row.Id), ("tried", result.Row.Attempts), ("me", lease.Owner));
        if (changed == 0)
        {
            return;
        }

        moves.Add((result.Row.SourceId, before[0], step.Status));
        await HeardOfContactAsync(write, lease, result, step);
    }

    /// <summary>What an outcome says of the contact, and not only of the message.</summary>
    private async Task HeardOfContactAsync(Write write, LaneLease lease, RowResult result, Step step)
    {
        if (result.Outcome is SendOutcome.RecipientGone gone)
        {
            await SuppressAsync(write, ledger, result.Row.ContactId, lease.Sender.Channel, gone.Reason, result.Row.Id);
        }
        else if (step.Status == DeliveryStatus.Rejected && result.Outcome?.Fault is { } fault)
        {
            await Repeated.HeardAsync(write, ledger, result.Row.ContactId, lease.Sender.Channel, fault, result.Row.Id);
        }
    }

    /// <summary>The outcomes of one window and the claim of the next, as one transaction.</summary>
    /// <param name="outstanding">How many rows the lane holds beside those that are done.</param>
    /// <param name="open">Whether the lane takes more.</param>
    /// <exception cref="LaneLostException">Nothing was written: the lane belongs to another by now.</exception>
    public async Task<LaneTurn> TurnAsync(LaneLease lease, IReadOnlyList<RowResult> done, int outstanding, bool open, DeliveryOptions options)
    {
        var asked = clock.GetTimestamp();
        var (turn, standing, unwritten) = await database.WriteAsync(async write =>
        {
            var now = await write.NowAsync();
            if (await write.ExecuteAsync(DeliverySql.KeepLane,
                ("sender", lease.Sender.Name), ("slot", lease.Slot), ("me", lease.Owner), ("now", now), ("until", now + LaneLease.Length), ("free", now + lease.Pace.Debt)) == 0)
            {
                throw new LaneLostException(lease.Sender.Name);
            }

            var hasHeld = await MarkAsync(write, lease, done, options, now);
            var (before, after, trouble) = await Standing.ChangeAsync(write, lease.Sender.Name, standing => SenderTrouble.After(standing, lease, done, now));
            var room = open && after.MaySend(now) ? after.Window(lease) - outstanding : 0;
            var claimed = room > 0 ? await ClaimAsync(write, lease, room, now) : [];
            var mayWait = open && trouble is null && outstanding + claimed.Count > 0;
            // Last, for every lane writes the same row.
            var collected = await spending.CollectAsync(write, lease, done, mayWait, now);
            await beyondAscii.HeardAsync(write, done, hasHeld);
            return (new LaneTurn(claimed, trouble, before.Trips > 0 && after.Trips == 0), after, collected);
        }, CancellationToken.None);
        lease.Renewed(asked);
        lease.Collected(unwritten);
        lease.FailuresInARow = SenderTrouble.FailuresInARow(lease, done);
        lease.Rests |= turn.Trouble is not null;
        lease.Pace.Share = standing.Share;
        return turn;
    }

    /// <returns>Whether something was held, or left out, because no sender has a way for it.</returns>
    private async Task<bool> MarkAsync(Write write, LaneLease lease, IReadOnlyList<RowResult> done, DeliveryOptions options, DateTimeOffset now)
    {
        var hasHeld = false;
        var moves = new List<(Guid, DeliveryStatus, DeliveryStatus)>();
        foreach (var result in done.OrderBy(d => d.Row.Id))
        {
            var step = await ElsewhereAsync(write, lease, result, now) ?? await NextAsync(write, result, lease.Sender.Channel, now, options);
            var changed = await write.ExecuteAsync(DeliverySql.Mark,
                ("status", step.Status), ("reason", step.Reason), ("due", step.DueAt), ("attempts", step.Attempts), ("provider", step.ProviderId),
                ("now", now), ("line", DeliveryChange.Line(now, step.Status, step.Reason ?? step.ProviderId)), ("id", result.Row.Id), ("me", lease.Owner));
            if (changed == 0)
            {
                // A receipt was faster than the answer, or the row was found orphaned while the lease was renewed at its last moment.
                await MarkLateAsync(write, lease, result, options, now, moves);
                continue;
            }

            hasHeld |= result.Outcome is SendOutcome.Rejected { HeldFor: not null } && step.Status != DeliveryStatus.Pending;
            moves.Add((result.Row.SourceId, DeliveryStatus.Sending, step.Status));
            await HeardOfContactAsync(write, lease, result, step);
        }

        await Figures.MoveAsync(write, moves);
        // After the figures of its source, in the same order as receipts do.
        foreach (var result in done.Where(d => d.Outcome?.Fault is not null).OrderBy(d => d.Row.SourceId))
        {
            await faults.CountAsync(write, result.Row.SourceId, lease.Sender.Name, result.Row.ContactId, result.Outcome!.Fault!);
        }

        return hasHeld;
    }

    /// <summary>What this sender has no way for waits for another that may have one.</summary>
    private async Task<Step?> ElsewhereAsync(Write write, LaneLease lease, RowResult result, DateTimeOffset now)
    {
        if (result.Outcome is not SendOutcome.Rejected { ByAnother: true } refused || await failOver.ForRowAsync(write, result.Row, lease.Sender) is not { } other)
        {
            return null;
        }

        await failOver.GiveAsync(write, result.Row.Id, other);
        // What is held when all have said no was told to none of them.
        return new Step(DeliveryStatus.Pending, now, result.Row.Attempts - (refused.HeldFor is null ? 0 : 1), $"{refused.Reason}; {other.Name} tries it");
    }

    private async Task<Step> NextAsync(Write write, RowResult result, Channel channel, DateTimeOffset now, DeliveryOptions options)
    {
        var step = Next(result, channel, now, options);
        // As if the claim had seen it: by the reason it is known whether those it speaks for are stopped too.
        return result.Dropped == DropReason.Stopped ? step with { Reason = await write.ScalarAsync<string>(DeliverySql.WhyStopped, ("id", result.Row.Id)) ?? step.Reason } : step;
    }

    private Step Next(RowResult result, Channel channel, DateTimeOffset now, DeliveryOptions options)
    {
        var attempts = result.Row.Attempts;
        return (result.Dropped, result.Outcome) switch
        {
            (DropReason.None, { } outcome) => StateMachine.After(outcome, channel, attempts, now, result.Row.ExpiresAt, options, random.NextDouble()),
            (DropReason.Stopped, _) => new Step(DeliveryStatus.Skipped, now, attempts - 1, "stopped"),
            (DropReason.Cancelled, _) => new Step(DeliveryStatus.Skipped, now, attempts - 1, "cancelled"),
            (DropReason.Unpublished, _) => new Step(DeliveryStatus.Skipped, now, attempts - 1, "unpublished"),
            (DropReason.Erased, _) => new Step(DeliveryStatus.Skipped, now, attempts - 1, "erased"),
            (DropReason.Paused, _) => new Step(DeliveryStatus.Pending, now, attempts - 1, "paused"),
            (DropReason.Quiet, _) => Hold("quiet hours"),
            (DropReason.Capped, _) => Hold("the reader had as many texts today as was agreed"),
            (DropReason.Beside, _) => new Step(DeliveryStatus.Pending, now + result.Wait, attempts - 1, "another text to the reader is on its way"),
            (DropReason.Closed, _) => new Step(DeliveryStatus.Pending, now + result.Wait, attempts - 1, "the provider takes nothing for its country or its block of numbers"),
            (DropReason.DomainSlowed, _) => new Step(DeliveryStatus.Pending, now + result.Wait, attempts - 1, "its mail domain takes mail slowly"),
            _ => new Step(DeliveryStatus.Pending, now, attempts - 1, null),
        };

        // What could only leave when it is no news any more is dropped at once.
        Step Hold(string why) => now + result.Wait >= result.Row.ExpiresAt
            ? new Step(DeliveryStatus.Skipped, now, attempts - 1, "stale: " + why)
            : new Step(DeliveryStatus.Held, now + result.Wait, attempts - 1, why);
    }

    /// <summary>The provider says that nobody is there: an entry in the ledger, a suppression, and whatever waits is skipped.</summary>
    /// <param name="deliveryId">The message it says so of: whoever came back since that was handed over is there. null: of none.</param>
    public static async Task SuppressAsync(Write write, Ledger ledger, long contactId, Channel channel, string reason, long? deliveryId = null)
    {
        var hash = await write.ScalarAsync<string>("""
            SELECT c.hash FROM contacts c WHERE c.id = @id AND NOT EXISTS (
              SELECT 1 FROM deliveries d JOIN subscriptions s ON s.contact_id = d.contact_id WHERE d.id = @delivery AND s.confirmed_at > COALESCE(d.handed_at, d.created_at))
            """, ("id", contactId), ("delivery", deliveryId));
        if (hash is null)
        {
            return;
        }

        var entry = await ledger.AppendAsync(write, ConsentKind.ProviderBlocked, hash, channel, "provider", new ConsentEvidence { Note = reason });
        await Suppressions.AddAsync(write, contactId, Suppressions.Everything, "provider: " + reason, entry);
        await PostOffice.SkipContactAsync(write, contactId, "suppressed");
    }

    private async Task<List<ClaimedRow>> ClaimAsync(Write write, LaneLease lease, int room, DateTimeOffset now)
    {
        var claimed = new List<ClaimedRow>();
        var revoked = await withdrawals.CountAsync(write);
        var sources = await write.QueryAsync(DeliverySql.Waiting, row => (Id: row.GetGuid(0), Kind: (SourceKind)row.GetInt32(1)), ("sender", lease.Sender.Name), ("now", now), ("text", lease.Sender.Channel == Channel.Text ? 1 : 0));
        var moves = new List<(Guid, DeliveryStatus, DeliveryStatus)>();
        foreach (var source in sources.TakeWhile(_ => claimed.Count < room))
        {
            var rows = await write.QueryAsync(DeliverySql.Claim(write.IsPostgres), row => new ClaimedRow(
                    row.GetInt64(0), source.Id, source.Kind, row.GetGuid(1), row.GetInt64(2), row.GetInt32(3), row.GetInt32(4),
                    row.Instant(5), row.Instant(6), row.Text(7), row.Text(8), row.IsDBNull(9) ? null : row.GetInt32(9), row.GetInt32(10), row.Text(11), revoked),
                ("me", lease.Owner), ("now", now), ("line", DeliveryChange.Line(now, DeliveryStatus.Sending, lease.Sender.Name)),
                ("source", source.Id), ("sender", lease.Sender.Name), ("count", room - claimed.Count));
            claimed.AddRange(rows.OrderBy(row => row.Id));
            if (rows.Count == 0)
            {
                // Something is due and none of it may leave: it must not stand before what may.
                await PostOffice.SkipUnwantedDueAsync(write, source.Id, lease.Sender.Name);
            }

            moves.AddRange(rows.Select(_ => (source.Id, DeliveryStatus.Pending, DeliveryStatus.Sending)));
        }

        await Figures.MoveAsync(write, moves);
        return claimed;
    }
}
