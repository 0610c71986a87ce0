using System.Collections.Frozen;

namespace Notify.Inbound.Returns;

/// <summary>What each reason means, and whether it is hard (<c>reasons.tsv</c>).</summary>
internal static class ReasonTable
{
    private static readonly FrozenDictionary<ReturnReason, (bool IsHard, string Meaning)> Rows =
        Table.Rows("reasons", 3).ToFrozenDictionary(row => ReasonOf(row[0]), row => (row[1] == "yes", row[2]));

    /// <summary>Whether the address itself is bad, so that the next mail ends the same way.</summary>
    public static bool IsHard(ReturnReason reason) => Rows.TryGetValue(reason, out var row) && row.IsHard;

    /// <summary>In words a person reads.</summary>
    public static string MeaningOf(ReturnReason reason) => Rows.TryGetValue(reason, out var row) ? row.Meaning : "nobody said why";

    /// <exception cref="FormatException">No reason has that name; the message says which.</exception>
    public static ReturnReason ReasonOf(string name) =>
        Enum.TryParse<ReturnReason>(name, ignoreCase: true, out var reason) ? reason : throw new FormatException($"'{name}' is no reason.");
}
