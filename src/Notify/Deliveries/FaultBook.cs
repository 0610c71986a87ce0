using System.Globalization;
using Notify.Jobs;
using Notify.Storage;

namespace Notify.Deliveries;

/// <summary>How often a provider said something against messages of one source.</summary>
public sealed class FaultCount
{
    public required Guid SourceId { get; init; }

    public required string Code { get; init; }

    public required string Words { get; set; }

    public required long Count { get; set; }

    public required DateTimeOffset LastAt { get; set; }

    /// <summary>When a person was told that it is too large a share.</summary>
    public DateTimeOffset? ToldAt { get; set; }
}

/// <summary>
/// Counts what providers say against messages, by source and code, in the transaction of the message. A code nobody knows, or too large a share of
/// one alert, is said to a person once; where the table says so the alert is paused, or a country left alone, before the rest goes the same way.
/// </summary>
internal sealed class FaultBook(IAlarm alarm, ClosedPlaces places)
{
    private const string Add = """
        INSERT INTO provider_faults (source_id, code, words, count, last_at) VALUES (@source, @code, @words, 1, @now)
        ON CONFLICT (source_id, code) DO UPDATE SET count = provider_faults.count + 1, last_at = excluded.last_at, words = excluded.words
        RETURNING count
        """;

    /// <summary>The message that is counted has its end in the same transaction, so it is among them.</summary>
    private const string Ended = "SELECT accepted + delivered + undelivered + rejected FROM sources WHERE id = @source AND kind = 1";

    public async Task CountAsync(Write write, Guid source, string sender, long contactId, ProviderFault fault)
    {
        if (fault.Closes is { } closing)
        {
            await places.CloseAsync(write, sender, contactId, closing);
        }

        if (fault.Code.Length == 0)
        {
            return;
        }

        var count = Convert.ToInt64(await write.ScalarAsync<object>(Add,
            ("source", source), ("code", fault.Code), ("words", fault.Words), ("now", await write.NowAsync())), CultureInfo.InvariantCulture);
        if (!fault.IsKnown)
        {
            Tell(write, $"provider code {fault.Code}", $"The provider says {fault.Code}, a code that its table of codes does not have. Such messages are not tried again. Look the code up at the provider, and add a row for it.");
        }

        if (fault.Alert is not { } rule)
        {
            return;
        }

        if (await write.ScalarAsync<object>(Ended, ("source", source)) is not { } ended)
        {
            // Confirmations and answers never end, so a share of them says nothing; what one time is too many of does.
            if (rule.Percent == 0)
            {
                Tell(write, $"provider code {fault.Code}", $"A message that belongs to no alert, such as a confirmation, came to nothing: {fault.Words} ({fault.Code}). Look the code up at the provider, and mend what it says.");
            }
        }
        else
        {
            var all = Math.Max(count, Convert.ToInt64(ended, CultureInfo.InvariantCulture));
            if (all >= rule.Least && count * 100d > rule.Percent * all)
            {
                await TellAsync(write, source, fault, rule, count, all);
            }
        }
    }

    private async Task TellAsync(Write write, Guid source, ProviderFault fault, AlertRule rule, long count, long all)
    {
        // Once for an alert: whoever has looked and lets it go on is not stopped again at the next message.
        if (await write.ExecuteAsync("UPDATE provider_faults SET told_at = @now WHERE source_id = @source AND code = @code AND told_at IS NULL",
            ("now", await write.NowAsync()), ("source", source), ("code", fault.Code)) == 0)
        {
            return;
        }

        if (rule.Pauses)
        {
            await write.ExecuteAsync("UPDATE sources SET paused = @yes WHERE id = @source", ("yes", true), ("source", source));
        }

        var what = rule.Pauses ? "It is paused. Find out why, then let it go on or cancel it." : "Look at it.";
        Tell(write, string.Create(CultureInfo.InvariantCulture, $"alert {source} code {fault.Code}"),
            string.Create(CultureInfo.InvariantCulture, $"{count} of {all} messages of an alert that have an end: {fault.Words} ({fault.Code}). {what}"));
    }

    private void Tell(Write write, string name, string text)
    {
        write.AfterCommit(() => _ = RaiseAsync());

        async Task RaiseAsync()
        {
            try
            {
                await alarm.RaiseAsync(name, text, CancellationToken.None);
            }
            catch (DatabaseBusyException)
            {
                // An unknown code says it again with the next message; the figures of the alert stay.
            }
        }
    }
}
