using System.Threading.Channels;

namespace Notify.Deliveries;

internal sealed partial class Lines
{
    /// <summary>The rows of one worker as messages in their turn. Used by one caller at a time.</summary>
    public sealed class Line(Lines lines, ChannelReader<ClaimedRow> claimed, Outcomes outcomes, LaneLease lease, LastLook lastLook, CancellationToken stopping) : ILine
    {
        private readonly Compiled _compiled = new(lines.Clock);
        private readonly List<Turn> _open = [];

        /// <summary>Composed, and the sender's rate has not let it go yet.</summary>
        private Turn? _waiting;

        /// <summary>Whether no row will come any more.</summary>
        public bool IsOver { get; private set; }

        /// <summary>What was given out and has no outcome yet.</summary>
        public IReadOnlyList<Turn> Open => [.. _open];

        public async Task<ITurn?> NextAsync()
        {
            while (true)
            {
                var turn = await ComposedAsync();
                if (turn is null)
                {
                    if (await claimed.WaitToReadAsync(CancellationToken.None))
                    {
                        continue;
                    }

                    IsOver = true;
                    return null;
                }

                try
                {
                    await lease.Pace.WaitAsync(turn.Units, stopping);
                }
                catch (OperationCanceledException) when (stopping.IsCancellationRequested)
                {
                    Tell(new RowResult(turn.Row, null, DropReason.NotSent));
                    continue;
                }

                return Given(turn);
            }
        }

        public async ValueTask<ITurn?> NextNowAsync()
        {
            if (await ComposedAsync() is not { } turn)
            {
                return null;
            }

            if (lease.Pace.MayGo(turn.Units))
            {
                return Given(turn);
            }

            _waiting = turn;
            return null;
        }

        private Turn Given(Turn turn)
        {
            _open.Add(turn);
            return turn;
        }

        private void Heard(string recipient, SendOutcome outcome) => lines.Brakes.Heard(lease.Sender, recipient, outcome);

        private void Tell(RowResult result) => outcomes.Add(result);

        private void Ended(Turn turn, RowResult result)
        {
            if (_open.Remove(turn))
            {
                Tell(result);
            }
        }

        /// <summary>The next row that may leave, as a message; null: none is there now.</summary>
        private async ValueTask<Turn?> ComposedAsync()
        {
            if (_waiting is { } waited)
            {
                _waiting = null;
                return waited;
            }

            while (claimed.TryRead(out var row))
            {
                try
                {
                    if (await ComposeAsync(row) is { } turn)
                    {
                        return turn;
                    }
                }
                catch (OperationCanceledException) when (stopping.IsCancellationRequested)
                {
                    Tell(new RowResult(row, null, DropReason.NotSent));
                }
                catch (Exception e)
                {
                    Tell(NotChecked(row, e));
                }
            }

            return null;
        }

        private async ValueTask<Turn?> ComposeAsync(ClaimedRow row)
        {
            if (row.Address is not { } recipient)
            {
                Tell(new RowResult(row, null, DropReason.Erased));
                return null;
            }

            var message = await _compiled.GetAsync(WantedBy(row, lease.Sender.Channel), wanted => lines.ComposeAsync(row, wanted, stopping));
            if (message is null)
            {
                Tell(new RowResult(row, null, DropReason.Unpublished));
                return null;
            }

            if (await lines.HeldBackAsync(row, lease.Sender, recipient) is { } held)
            {
                Tell(held);
                return null;
            }

            var segments = (message as CompiledMessage.Text)?.Segments ?? 0;
            var turn = new Turn(this, row, lines.Address(row, lease.Sender, recipient, message), segments);
            lease.Units = turn.Units;
            return turn;
        }

        /// <summary>Nothing of it was told to the provider: it can wait and be tried again.</summary>
        private RowResult NotChecked(ClaimedRow row, Exception why)
        {
            lines.LogNotSent(why, row.Id);
            return new RowResult(row, new SendOutcome.TryLater("it could not be composed or checked"));
        }

        /// <summary>Why it must not leave now; null: it may.</summary>
        private async ValueTask<RowResult?> ObjectionAsync(ClaimedRow row)
        {
            var drop = await lastLook.AskAsync(row);
            if (drop != DropReason.None)
            {
                return new RowResult(row, null, drop);
            }

            // A slow sender's turn may be minutes away.
            return await lines.QuietAsync(row)
                ?? (stopping.IsCancellationRequested || lease.Rests || !lease.IsHeld(lines.Clock) ? new RowResult(row, null, DropReason.NotSent) : null);
        }

        /// <summary>One row on its way out.</summary>
        public sealed class Turn(Line line, ClaimedRow row, Outgoing message, int segments) : ITurn
        {
            public ClaimedRow Row => row;

            public Outgoing Message => message;

            /// <summary>What it counts against the rate.</summary>
            public int Units => Math.Max(1, segments);

            /// <summary>It was wanted, so its content may have left.</summary>
            public bool IsAsked { get; private set; }

            public async ValueTask<bool> IsWantedAsync()
            {
                try
                {
                    if (await line.ObjectionAsync(row) is { } objection)
                    {
                        line.Ended(this, objection);
                        return false;
                    }
                }
                catch (Exception e)
                {
                    line.Ended(this, line.NotChecked(row, e));
                    return false;
                }

                IsAsked = true;
                return true;
            }

            public void Came(SendOutcome outcome)
            {
                line.Heard(message.Address, outcome);
                line.Ended(this, new RowResult(row, outcome) { Segments = segments });
            }
        }
    }
}
