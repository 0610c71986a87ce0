using System.Collections.Frozen;
using System.Globalization;
using System.Text;

namespace Notify.Inbound;

/// <summary>What a text of one word asks for.</summary>
public enum Keyword
{
    /// <summary>No keyword: a person has to read it.</summary>
    None,

    /// <summary>No more texts to this number.</summary>
    Stop,

    /// <summary>Yes to the question asked, or texts again after a stop.</summary>
    Start,

    /// <summary>Who writes, and how to reach them.</summary>
    Help,
}

/// <summary>
/// Reads a text as a keyword, more generously than the provider does: whatever the provider blocks a number for must be a stop here too, and the FCC
/// counts "opt out" in two words (47 CFR 64.1200(a)(10)). Only a whole message is a keyword - "We must STOP this bill" is a reader's opinion - with any
/// case, script variant, accent, punctuation, quotes, emoji and invisible characters around or inside it, and a "please" before or after.
/// </summary>
public static class Keywords
{
    // The longest row with its politeness and generous padding; an essay is not a keyword.
    private const int LongestKeyword = 160;

    private static readonly (Keyword Means, string[] Words)[] Rows =
    [
        (Keyword.Stop, ["stop", "stopall", "unsubscribe", "cancel", "end", "quit"]), // the provider's defaults (its docs, messaging/tutorials/advanced-opt-out); toll-free networks know only the first
        (Keyword.Stop, ["revoke", "optout"]), // the same, since May 2025 (its blog, update-to-fcc-s-sms-opt-out-keywords)
        (Keyword.Stop, ["opt out"]), // 47 CFR 64.1200(a)(10) names it in two words; "opt-out" folds to the same
        (Keyword.Stop, ["stop all"]), // Telnyx, advanced-opt-in-out
        (Keyword.Stop, ["remove", "td"]), // AWS End User Messaging, keywords-required
        (Keyword.Stop, ["arret", "arrete", "arrett"]), // AWS (the first), the provider's docs, proxy/opt-out-keywords (all), for Canada
        (Keyword.Stop, ["arreter", "stop sms", "desabonner", "desabonnement", "desinscrire"]), // French usage; our own choice from here on
        (Keyword.Stop, ["stop texting", "stop texts", "stop messages", "unsub", "unsubscribe me", "remove me", "opt me out", "s t o p"]), // English usage
        (Keyword.Stop, ["alto", "parar", "pare", "baja", "cancelar", "detener", "salir", "no mas"]), // Spanish usage
        (Keyword.Stop, ["sair"]), // Portuguese usage; "parar" and "cancelar" are above
        (Keyword.Stop, ["stopp", "abmelden", "abbestellen"]), // German usage
        (Keyword.Stop, ["ferma", "annulla"]), // Italian usage
        (Keyword.Stop, ["הסר", "הסרה", "להסיר", "עצור"]), // Hebrew usage: "הסר" is what texts in Israel ask for
        (Keyword.Stop, ["стоп", "отписаться"]), // Russian usage
        (Keyword.Start, ["start", "unstop", "yes"]), // the provider's defaults (its docs, api/errors/23004); toll-free networks do not know the last
        (Keyword.Start, ["y", "join", "subscribe"]), // the words our own confirmation and pages ask for
        (Keyword.Help, ["help", "info"]), // the same page; CTIA asks for the first
        (Keyword.Help, ["aide", "ayuda", "hilfe", "aiuto", "ajuda", "עזרה"]), // French, Spanish, German, Italian, Portuguese, Hebrew usage
    ];

    // Kept apart, because everything but letters and digits is folded away: a text of nothing but question marks.
    private const char QuestionMark = '?';

    private static readonly string[] Politeness = ["please", "pls", "plz", "svp", "por favor", "bitte", "bevakasha", "בבקשה"];

    private static readonly FrozenDictionary<string, Keyword> Known =
        Rows.SelectMany(row => row.Words, (row, word) => (Word: Fold(word), row.Means)).ToFrozenDictionary(pair => pair.Word, pair => pair.Means, StringComparer.Ordinal);

    /// <summary>What the whole message asks for; <see cref="Keyword.None"/> when it is anything but a keyword.</summary>
    public static Keyword Read(string? body)
    {
        var text = body?.Trim() ?? "";
        if (text.Length is 0 or > LongestKeyword) return Keyword.None;

        var words = Fold(text);
        if (words.Length == 0) return AsksOnly(text) ? Keyword.Help : Keyword.None;
        return Known.TryGetValue(words, out var keyword) || Known.TryGetValue(WithoutPoliteness(words), out keyword) ? keyword : Keyword.None;
    }

    /// <summary>Lower-case words of plain letters and digits with one blank between them; the rest only separates.</summary>
    private static string Fold(string text)
    {
        var folded = new StringBuilder(text.Length);
        foreach (var rune in Decompose(text).EnumerateRunes())
        {
            if (Rune.IsLetterOrDigit(rune)) folded.Append(Rune.ToLowerInvariant(rune));
            else if (!IsNothing(rune) && folded is [.., not ' ']) folded.Append(' ');
        }

        return folded.ToString().TrimEnd(' ');
    }

    // Half a surrogate pair would make Normalize throw; enumerating runes turns it into the replacement character, a separator.
    private static string Decompose(string text) => string.Concat(text.EnumerateRunes()).Normalize(NormalizationForm.FormKD);

    // Accents (apart from their letter after decomposing) and zero-width characters stand inside words without parting them.
    private static bool IsNothing(Rune rune) =>
        Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark or UnicodeCategory.Format;

    private static bool AsksOnly(string text)
    {
        var visible = Decompose(text).EnumerateRunes().Where(rune => !Rune.IsWhiteSpace(rune) && !IsNothing(rune)).ToList();
        return visible.Count > 0 && visible.TrueForAll(rune => rune.Value == QuestionMark);
    }

    private static string WithoutPoliteness(string words)
    {
        foreach (var polite in Politeness)
        {
            if (words.StartsWith(polite + " ", StringComparison.Ordinal)) return words[(polite.Length + 1)..];
            if (words.EndsWith(" " + polite, StringComparison.Ordinal)) return words[..^(polite.Length + 1)];
        }

        return words;
    }
}
