using System.Text;

namespace Notify.Inbound;

/// <summary>Letters that people and their phones draw otherwise than they are meant, and that Unicode's compatibility forms do not fold.</summary>
internal static class Lookalikes
{
    // Small capitals and crossed letters, of which "fancy text" keyboards are fond.
    private const string Drawn = "ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘǫʀꜱᴛᴜᴠᴡʏᴢøłđħŧѕјԛԝһ";
    private const string Meant = "abcdefghijklmnopqrstuvwyzoldhtsjqwh";

    // Cyrillic and Greek letters that look like Latin ones, as large or as small letters (Unicode technical standard 39, confusables).
    private const string Other = "аеорсухктмвніοαερτυκνιχ";
    private const string Latin = "aeopcyxktmbhioaeptukvix";

    /// <summary>Every letter in a box, a circle or of a flag's alphabet as the letter, other drawn ones as well.</summary>
    public static IEnumerable<Rune> Plain(IReadOnlyList<Rune> text)
    {
        for (var at = 0; at < text.Count; at++)
        {
            var rune = text[at];
            var letter = rune.Value switch
            {
                >= 0x1F150 and <= 0x1F169 => rune.Value - 0x1F150 + 'a',
                >= 0x1F170 and <= 0x1F189 => rune.Value - 0x1F170 + 'a',
                // Two of these are a flag.
                >= 0x1F1E6 and <= 0x1F1FF when !IsFlag(at - 1) && !IsFlag(at + 1) => rune.Value - 0x1F1E6 + 'a',
                '$' when at + 1 < text.Count && Rune.IsLetter(text[at + 1]) => 's',
                _ when rune.IsBmp && Drawn.IndexOf((char)Rune.ToLowerInvariant(rune).Value, StringComparison.Ordinal) is var drawn and >= 0 => Meant[drawn],
                _ => rune.Value,
            };
            yield return new Rune(letter);
        }

        bool IsFlag(int at) => at >= 0 && at < text.Count && text[at].Value is >= 0x1F1E6 and <= 0x1F1FF;
    }

    /// <summary>A word that mixes alphabets as if it were written in one: in Latin where that can be, else in the other.</summary>
    /// <param name="word">In small letters.</param>
    public static string InOneScript(string word)
    {
        if (!word.Any(char.IsAsciiLetter) || !word.Any(Other.Contains))
        {
            return word;
        }

        var latin = Mapped(word, Other, Latin);
        return latin.All(c => char.IsAsciiLetterOrDigit(c)) ? latin : Mapped(word, Latin, Other);
    }

    private static string Mapped(string word, string from, string to) => string.Concat(word.Select(c => from.IndexOf(c, StringComparison.Ordinal) is var at and >= 0 ? to[at] : c));
}
