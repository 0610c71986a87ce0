using Notify.Storage;

namespace Notify.Verbs;

/// <summary>The demo data, as it lies in the repository's <c>seeds/</c> folder.</summary>
internal static class Seeds
{
    /// <summary>Null where there is no repository, as in a published build.</summary>
    public static string? File(string name) => DataFolder.Solution() is { } root ? Path.Combine(root, "seeds", name) : null;
}
