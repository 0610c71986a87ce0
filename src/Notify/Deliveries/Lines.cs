using System.Threading.Channels;
using Notify.Web;

namespace Notify.Deliveries;

/// <summary>Makes a worker's line of the rows its lane has claimed.</summary>
internal sealed partial class Lines(
    IEnumerable<IMessageSource> sources, Said said, DomainBrakes brakes, ClosedPlaces places, QuietTimes quiet, DailyCap cap, LinkTokens tokens, MailTags tags, PublicAddress address, TimeProvider clock, ILogger<Lines> logger)
{
    /// <summary>News that lay at the provider for an hour had better not arrive.</summary>
    private static readonly TimeSpan NewsIsFresh = TimeSpan.FromHours(1);

    private TimeProvider Clock => clock;

    private DomainBrakes Brakes => brakes;

    private readonly Dictionary<SourceKind, IMessageSource> _sources = sources.ToDictionary(source => source.Kind);

    public Line Of(ChannelReader<ClaimedRow> claimed, Outcomes outcomes, LaneLease lease, LastLook lastLook, CancellationToken stopping) =>
        new(this, claimed, outcomes, lease, lastLook, stopping);

    /// <summary>Whether it has to wait for a better hour, another day or a slower domain.</summary>
    private async Task<RowResult?> HeldBackAsync(ClaimedRow row, Sender sender, string recipient)
    {
        if (brakes.Hold(sender, recipient) is { } slowed)
        {
            return new RowResult(row, null, DropReason.DomainSlowed, slowed);
        }

        if (await QuietAsync(row) is var held && (held is not null || sender.Channel != Contacts.Channel.Text))
        {
            return held;
        }

        if (await places.HoldAsync(sender.Name, recipient) is { } closed)
        {
            return new RowResult(row, null, DropReason.Closed, closed);
        }

        return await cap.HoldAsync(row) is { } tooMany ? new RowResult(row, null, tooMany.IsReached ? DropReason.Capped : DropReason.Beside, tooMany.Wait) : null;
    }

    private async ValueTask<RowResult?> QuietAsync(ClaimedRow row) =>
        row.WhereaboutsId is { } whereabouts && await quiet.HoldAsync(whereabouts) is { } wait ? new RowResult(row, null, DropReason.Quiet, wait) : null;

    /// <summary>A mail is written in a language, not in one of a place, and a text in the publication's own: readers in <c>de-AT</c> and <c>de-CH</c> share a rendering.</summary>
    private static Wanted WantedBy(ClaimedRow row, Contacts.Channel channel) =>
        new(row.SubjectId, channel, row.Others, channel == Contacts.Channel.Mail && row.Locale is { } locale ? Languages.PrimaryOf(locale) : null);

    /// <summary>What a text says is written down before the first of them leaves, so that one in doubt can be recognised at the provider.</summary>
    private async Task<CompiledMessage?> ComposeAsync(ClaimedRow row, Wanted wanted, CancellationToken stopping)
    {
        var message = await _sources[row.Kind].CompileAsync(wanted, stopping);
        if (message is CompiledMessage.Text text)
        {
            await said.KeepAsync(row.SourceId, text.Body);
        }

        return message;
    }

    /// <summary>The message of one recipient: address, links, identity.</summary>
    private Outgoing Address(ClaimedRow row, Sender sender, string recipient, CompiledMessage message)
    {
        switch (message)
        {
            case CompiledMessage.Text text:
                var life = row.ExpiresAt - clock.GetUtcNow();
                return new OutgoingText(row.Id, sender.Name, recipient, text.Body, text.Segments) { Life = row.Kind is SourceKind.Alert or SourceKind.Digest && life > NewsIsFresh ? NewsIsFresh : life };
            case CompiledMessage.Mail mail:
                var link = mail.ListName is null ? null : address.Link("/u/" + tokens.Make(LinkPurpose.Unsubscribe, row.ContactId));
                return new OutgoingMail(row.Id, sender.Name, recipient, mail, tags.Make(row.Id, row.CreatedAt), link);
            default:
                throw new InvalidOperationException($"There is no way to send a {message.GetType().Name}.");
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Delivery {DeliveryId} was not handed over; it goes back to wait")]
    private partial void LogNotSent(Exception exception, long deliveryId);

    /// <summary>What was composed last; rows of one alert come one after the other, their readers' languages as they happen to come.</summary>
    private sealed class Compiled(TimeProvider clock)
    {
        /// <summary>More than an alert has languages.</summary>
        private const int Most = 32;

        private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(2);

        private readonly Dictionary<Wanted, (CompiledMessage? Message, long At)> _known = [];

        public async ValueTask<CompiledMessage?> GetAsync(Wanted wanted, Func<Wanted, Task<CompiledMessage?>> compile)
        {
            if (_known.TryGetValue(wanted, out var known) && clock.GetElapsedTime(known.At) <= Fresh)
            {
                return known.Message;
            }

            if (_known.Count >= Most)
            {
                _known.Clear();
            }

            var message = await compile(wanted);
            _known[wanted] = (message, clock.GetTimestamp());
            return message;
        }
    }
}
