using Hangfire;

namespace Notify.Deliveries;

/// <summary>Runs one lane for up to a minute. A hint only: the rows say what is due, a lease says who may, and both survive this job.</summary>
public sealed class DrainLaneJob
{
    private readonly Lane _lane;
    private readonly Senders _senders;
    private readonly PostOffice _office;

    internal DrainLaneJob(Lane lane, Senders senders, PostOffice office) => (_lane, _senders, _office) = (lane, senders, office);

    internal static string LaneId(string sender, int slot) => $"{slot}/{sender}";

    /// <param name="lane">Slot and sender.</param>
    /// <param name="title">For the dashboard.</param>
    [AutomaticRetry(Attempts = 0)]
    [JobDisplayName("{1}")]
    public async Task RunAsync(string lane, string title, CancellationToken cancellationToken)
    {
        var parts = lane.Split('/', 2);
        if (!_senders.TryFind(parts[1], out var sender, out var provider))
        {
            // A sender that was taken out of the settings; its rows stay and the doctor names them.
            return;
        }

        if (await _lane.RunAsync(sender, provider, int.Parse(parts[0], System.Globalization.CultureInfo.InvariantCulture), cancellationToken))
        {
            _office.Wake(sender);
        }

        // The lane was left because this host ends: a job that says so is given to another node at once.
        cancellationToken.ThrowIfCancellationRequested();
    }
}
