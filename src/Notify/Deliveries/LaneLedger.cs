using Notify.Consent;
using Notify.Contacts;
using Notify.Storage;

namespace Notify.Deliveries;

/// <summary>A row a lane holds.</summary>
internal sealed record ClaimedRow(
    long Id, Guid SourceId, SourceKind Kind, Guid SubjectId, long ContactId, int Attempts, int Resends, DateTimeOffset CreatedAt, DateTimeOffset ExpiresAt, string? Scope, string? Address);

/// <summary>What came of a row: an outcome, or why it was not handed over after all.</summary>
internal sealed record RowResult(ClaimedRow Row, SendOutcome? Outcome, DropReason Dropped = DropReason.None);

internal enum DropReason
{
    None = 0,
    Stopped = 1,
    Cancelled = 2,
    Paused = 3,
    Unpublished = 4,
    Erased = 5,
    NotSent = 6,
}

internal sealed record LaneTurn(IReadOnlyList<ClaimedRow> Claimed);

/// <summary>The lane's lease was taken by another; its outcomes are no longer its to write.</summary>
internal sealed class LaneLostException(string lane) : Exception($"The lease of lane {lane} is lost.");

/// <summary>The right to run one lane, for some seconds at a time, by the database's clock.</summary>
internal sealed class LaneLease(Sender sender, int slot, string owner, TimeProvider clock)
{
    public static readonly TimeSpan Length = TimeSpan.FromSeconds(10);

    /// <summary>How much of a lease must be left to begin a send.</summary>
    private static readonly TimeSpan Margin = TimeSpan.FromSeconds(1);

    private long _asked;

    public Sender Sender => sender;

    public int Slot => slot;

    public string Owner => owner;

    public Pace Pace { get; set; } = new(sender.SlotRate, TimeSpan.Zero, clock);

    /// <summary>How many answers since the last acceptance have left everything open.</summary>
    public int DoubtsInARow { get; set; }

    /// <summary>Measured from before the lease was asked for, so that this side always gives up first.</summary>
    public void Renewed(long asked) => Volatile.Write(ref _asked, asked);

    public bool IsHeld(TimeProvider clock) => clock.GetElapsedTime(Volatile.Read(ref _asked)) < Length - Margin;
}

/// <summary>What a lane writes: leases, claims and outcomes.</summary>
internal sealed class LaneLedger(Database database, Ledger ledger, Random random, TimeProvider clock)
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
        return await command.ExecuteScalarAsync() is 1 or 1L;
    }

    /// <summary>Writes what providers definitely answered after the lane was lost.</summary>
    public Task MarkLateAsync(LaneLease lease, IReadOnlyList<RowResult> done, DeliveryOptions options) =>
        database.WriteAsync(async write =>
        {
            var now = await write.NowAsync();
            var moves = new List<(Guid, DeliveryStatus, DeliveryStatus)>();
            foreach (var result in done.OrderBy(d => d.Row.Id))
            {
                var step = Next(result, now, options);
                var before = await write.QueryAsync("SELECT status FROM deliveries WHERE id = @id" + (write.IsPostgres ? " FOR UPDATE" : ""),
                    row => (DeliveryStatus)row.GetInt32(0), ("id", result.Row.Id));
                var changed = await write.ExecuteAsync(DeliverySql.MarkLate,
                    ("status", step.Status), ("reason", step.Reason), ("due", step.DueAt), ("attempts", step.Attempts), ("provider", step.ProviderId), ("now", now),
                    ("line", DeliveryChange.Line(now, step.Status, step.Reason ?? step.ProviderId)), ("id", result.Row.Id), ("tried", result.Row.Attempts), ("me", lease.Owner));
                if (changed == 0)
                {
                    continue;
                }

                moves.Add((result.Row.SourceId, before[0], step.Status));
                if (result.Outcome is SendOutcome.RecipientGone gone)
                {
                    await SuppressAsync(write, ledger, result.Row.ContactId, lease.Sender.Channel, gone.Reason);
                }
            }

            await Figures.MoveAsync(write, moves);
        }, CancellationToken.None);

    /// <summary>The outcomes of one window and the claim of the next, as one transaction.</summary>
    /// <exception cref="LaneLostException">Nothing was written: the lane belongs to another by now.</exception>
    public async Task<LaneTurn> TurnAsync(LaneLease lease, IReadOnlyList<RowResult> done, int room, DeliveryOptions options)
    {
        var asked = clock.GetTimestamp();
        var turn = await database.WriteAsync(async write =>
        {
            var now = await write.NowAsync();
            if (await write.ExecuteAsync(DeliverySql.KeepLane,
                ("sender", lease.Sender.Name), ("slot", lease.Slot), ("me", lease.Owner), ("now", now), ("until", now + LaneLease.Length), ("free", now + lease.Pace.Debt)) == 0)
            {
                throw new LaneLostException(lease.Sender.Name);
            }

            await MarkAsync(write, lease, done, options, now);
            return new LaneTurn(room > 0 ? await ClaimAsync(write, lease, room, now) : []);
        }, CancellationToken.None);
        lease.Renewed(asked);
        lease.DoubtsInARow = SenderTrouble.DoubtsInARow(lease, done);
        return turn;
    }

    private async Task MarkAsync(Write write, LaneLease lease, IReadOnlyList<RowResult> done, DeliveryOptions options, DateTimeOffset now)
    {
        var moves = new List<(Guid, DeliveryStatus, DeliveryStatus)>();
        foreach (var result in done.OrderBy(d => d.Row.Id))
        {
            var step = Next(result, now, options);
            var changed = await write.ExecuteAsync(DeliverySql.Mark,
                ("status", step.Status), ("reason", step.Reason), ("due", step.DueAt), ("attempts", step.Attempts), ("provider", step.ProviderId),
                ("now", now), ("line", DeliveryChange.Line(now, step.Status, step.Reason ?? step.ProviderId)), ("id", result.Row.Id), ("me", lease.Owner));
            if (changed == 0)
            {
                // A receipt was faster than the answer, or the row was found orphaned: it has moved on without us.
                continue;
            }

            moves.Add((result.Row.SourceId, DeliveryStatus.Sending, step.Status));
            if (result.Outcome is SendOutcome.RecipientGone gone)
            {
                await SuppressAsync(write, ledger, result.Row.ContactId, lease.Sender.Channel, gone.Reason);
            }
        }

        if (SenderTrouble.Of(lease, done) is { } trouble)
        {
            await write.ExecuteAsync("""
                INSERT INTO senders (name, rests_until, reason) VALUES (@name, @until, @reason)
                ON CONFLICT (name) DO UPDATE SET rests_until = excluded.rests_until, reason = excluded.reason
                """, ("name", lease.Sender.Name), ("until", now + trouble.Pause), ("reason", trouble.Reason));
        }

        await Figures.MoveAsync(write, moves);
    }

    private Step Next(RowResult result, DateTimeOffset now, DeliveryOptions options)
    {
        var attempts = result.Row.Attempts;
        return (result.Dropped, result.Outcome) switch
        {
            (DropReason.None, { } outcome) => StateMachine.After(outcome, attempts, now, result.Row.ExpiresAt, options, random.NextDouble()),
            (DropReason.Stopped, _) => new Step(DeliveryStatus.Skipped, now, attempts - 1, "stopped"),
            (DropReason.Cancelled, _) => new Step(DeliveryStatus.Skipped, now, attempts - 1, "cancelled"),
            (DropReason.Unpublished, _) => new Step(DeliveryStatus.Skipped, now, attempts - 1, "unpublished"),
            (DropReason.Erased, _) => new Step(DeliveryStatus.Skipped, now, attempts - 1, "erased"),
            (DropReason.Paused, _) => new Step(DeliveryStatus.Pending, now, attempts - 1, "paused"),
            _ => new Step(DeliveryStatus.Pending, now, attempts - 1, null),
        };
    }

    /// <summary>The provider says that nobody is there: an entry in the ledger, a suppression, and whatever waits is skipped.</summary>
    public static async Task SuppressAsync(Write write, Ledger ledger, long contactId, Channel channel, string reason)
    {
        var hash = await write.ScalarAsync<string>("SELECT hash FROM contacts WHERE id = @id", ("id", contactId));
        var entry = await ledger.AppendAsync(write, ConsentKind.ProviderBlocked, hash!, channel, "provider", new ConsentEvidence { Note = reason });
        await Suppressions.AddAsync(write, contactId, Suppressions.Everything, "provider: " + reason, entry);
        await PostOffice.SkipContactAsync(write, contactId, "suppressed");
    }

    private static async Task<List<ClaimedRow>> ClaimAsync(Write write, LaneLease lease, int room, DateTimeOffset now)
    {
        var claimed = new List<ClaimedRow>();
        if (await write.ScalarAsync<object>(DeliverySql.Silenced, ("sender", lease.Sender.Name), ("now", now)) is 1 or 1L)
        {
            return claimed;
        }

        var sources = await write.QueryAsync(DeliverySql.Waiting, row => (Id: row.GetGuid(0), Kind: (SourceKind)row.GetInt32(1)), ("sender", lease.Sender.Name), ("now", now));
        var moves = new List<(Guid, DeliveryStatus, DeliveryStatus)>();
        foreach (var source in sources.TakeWhile(_ => claimed.Count < room))
        {
            var rows = await write.QueryAsync(DeliverySql.Claim(write.IsPostgres), row => new ClaimedRow(
                    row.GetInt64(0), source.Id, source.Kind, row.GetGuid(1), row.GetInt64(2), row.GetInt32(3), row.GetInt32(4),
                    row.Instant(5), row.Instant(6), row.Text(7), row.Text(8)),
                ("me", lease.Owner), ("now", now), ("line", DeliveryChange.Line(now, DeliveryStatus.Sending, lease.Sender.Name)),
                ("source", source.Id), ("sender", lease.Sender.Name), ("count", room - claimed.Count));
            claimed.AddRange(rows.OrderBy(row => row.Id));
            if (claimed.Count < room)
            {
                // What a suppression covers is no work: it must not stand before what is.
                await PostOffice.SkipUnwantedAsync(write, source.Id);
            }

            moves.AddRange(rows.Select(_ => (source.Id, DeliveryStatus.Pending, DeliveryStatus.Sending)));
        }

        await Figures.MoveAsync(write, moves);
        return claimed;
    }
}
