using System.Collections.Frozen;

namespace Notify.Messages.Templates;

/// <summary>The words of mails, in the reader's language; they lie in <c>Messages/Templates/Words</c>, a file for each language.</summary>
internal static class MailWords
{
    private const string Fallback = "en";

    private static readonly FrozenDictionary<string, FrozenDictionary<string, string>> Files = WordFiles.Read("Messages.Words.");

    public static IReadOnlyList<string> Languages { get; } = [.. Files.Keys.Order(StringComparer.Ordinal)];

    /// <summary>Those a template may use; the others are the made-up article of previews.</summary>
    public static IReadOnlyList<string> Keys { get; } = [.. Files[Fallback].Keys.Where(key => !key.StartsWith("sample", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];

    public static bool Has(string language) => Files.ContainsKey(language);

    /// <summary>English where there are none in that language.</summary>
    public static FrozenDictionary<string, string> In(string language) => Files.GetValueOrDefault(language) ?? Files[Fallback];

    /// <summary>The reader's language if a mail can be written in it, else the publication's, else English.</summary>
    /// <param name="canWrite">Whether there are words or a template in a language.</param>
    public static string Choose(string? reader, string publication, Func<string, bool> canWrite) =>
        new[] { reader, publication }.OfType<string>().Select(Web.Languages.PrimaryOf).FirstOrDefault(canWrite) ?? Fallback;
}
