using System.Threading.Channels;

namespace Notify.Deliveries;

/// <summary>Takes claimed rows to the provider: each composed, let go by the sender's rate, and asked a last time whether it is still wanted.</summary>
internal sealed partial class HandOver(Lines lines, ILogger<HandOver> logger)
{
    public async Task SendAllAsync(
        ChannelReader<ClaimedRow> claimed, Outcomes outcomes, IMessageProvider provider, LaneLease lease, LastLook lastLook, CancellationToken stopping)
    {
        var line = lines.Of(claimed, outcomes, lease, lastLook, stopping);
        while (!line.IsOver)
        {
            try
            {
                await (provider is ITakeLines whole ? whole.SendAllAsync(lease.Sender.Name, line) : SendOneByOneAsync(line, (ITakeMessages)provider));
            }
            catch (Exception e)
            {
                // An adapter that throws is a fault of ours, and nobody knows how far it came.
                foreach (var turn in line.Open)
                {
                    LogThrew(e, turn.Message.DeliveryId, turn.IsAsked);
                    turn.Came(turn.IsAsked ? new SendOutcome.InDoubt($"the adapter failed: {e.GetType().Name}") : new SendOutcome.TryLater("the adapter failed before it was sent"));
                }
            }
        }
    }

    private static async Task SendOneByOneAsync(ILine line, ITakeMessages provider)
    {
        while (await line.NextAsync() is { } turn)
        {
            if (await turn.IsWantedAsync())
            {
                turn.Came(await provider.SendAsync(turn.Message, CancellationToken.None));
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The adapter threw while delivery {DeliveryId} was on its way; its content may have left: {MayHaveLeft}")]
    private partial void LogThrew(Exception exception, long deliveryId, bool mayHaveLeft);
}
