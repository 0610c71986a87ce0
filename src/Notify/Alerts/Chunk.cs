namespace Notify.Alerts;

/// <summary>How many readers one transaction takes: as many as are done in the time that nobody who signs up or stops is to wait for them. On a slower machine fewer.</summary>
internal sealed class Chunk(int first, int least, int most)
{
    private static readonly TimeSpan Hold = TimeSpan.FromMilliseconds(30);

    /// <summary>By how much it grows at once: what went fast once may have met an empty log.</summary>
    private const double Growth = 1.25;

    public int Size { get; private set; } = first;

    /// <param name="time">What the last took, without its commit: on a slow disk that costs as much for few.</param>
    public void Took(TimeSpan time) => Size = Math.Clamp((int)(Size * Math.Clamp(Hold / (time > TimeSpan.Zero ? time : Hold), 0.5, Growth)), least, most);
}
