namespace Notify.Messages;

/// <summary>Why a text takes more segments than it had to.</summary>
/// <param name="Characters">What makes it so, each once: all that GSM-7 lacks, or where accents are folded what is left of it.</param>
/// <param name="Segments">How many it would take without them.</param>
public sealed record DearText(IReadOnlyList<string> Characters, int Segments)
{
    /// <returns>Null where other characters would save nothing.</returns>
    public static DearText? Of(string text, bool foldAccents)
    {
        var beyond = foldAccents ? AccentFolding.Beyond(text) : Messages.Segments.BeyondGsm(text);
        var plain = beyond.Aggregate(text, (body, element) => body.Replace(element, "e", StringComparison.Ordinal));
        var without = Messages.Segments.Count(foldAccents ? AccentFolding.Fold(plain) : plain).Segments;
        return beyond.Count > 0 && without < Messages.Segments.Count(text).Segments ? new DearText(beyond, without) : null;
    }
}
