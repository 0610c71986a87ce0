using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Notify.Load.Crash;

/// <summary>What the carrier's own log says against what the rows say: who got what how often.</summary>
internal sealed partial class Audit
{
    private readonly Dictionary<(string Reader, int Article), int> _got = [];

    public int Lost { get; private set; }

    public int DoubledTexts { get; private set; }

    public int DoubledMails { get; private set; }

    public int Unknown { get; private set; }

    public int Rows { get; private set; }

    public static async Task<Audit> OfAsync(Town town, CancellationToken cancellationToken)
    {
        var audit = new Audit();
        await foreach (var line in File.ReadLinesAsync(town.CarrierLog, cancellationToken))
        {
            audit.Read(line);
        }

        var rows = await town.QueryAsync("""
            SELECT c.address, a.title, d.status FROM deliveries d JOIN contacts c ON c.id = d.contact_id JOIN alerts l ON l.id = d.source_id JOIN articles a ON a.id = l.article_id
            """, row => (Address: row.GetString(0), Article: int.Parse(Title().Match(row.GetString(1)).Groups["number"].Value, CultureInfo.InvariantCulture), Status: Town.Number(row, 2)), cancellationToken);
        foreach (var (address, article, status) in rows)
        {
            audit.Rows++;
            var isUnknown = status == 9;
            audit.Unknown += isUnknown ? 1 : 0;
            audit.Lost += !isUnknown && !audit._got.ContainsKey((address, article)) ? 1 : 0;
        }

        audit.DoubledTexts = audit._got.Where(g => g.Key.Reader.StartsWith('+')).Sum(g => g.Value - 1);
        audit.DoubledMails = audit._got.Where(g => !g.Key.Reader.StartsWith('+')).Sum(g => g.Value - 1);
        return audit;
    }

    private void Read(string line)
    {
        using var json = Parse(line);
        if (json is null)
        {
            return;
        }

        var (reader, words) = json.RootElement.GetProperty("kind").GetString() switch
        {
            "text" => (json.RootElement.GetProperty("text").GetProperty("to").GetString()!, json.RootElement.GetProperty("text").GetProperty("body").GetString()!),
            "mail" => (json.RootElement.GetProperty("mail").GetProperty("recipient").GetString()!, Subject().Match(Encoding.UTF8.GetString(json.RootElement.GetProperty("raw").GetBytesFromBase64())).Value),
            _ => ("", ""),
        };
        if (Title().Match(words) is { Success: true } title)
        {
            var key = (reader, int.Parse(title.Groups["number"].Value, CultureInfo.InvariantCulture));
            _got[key] = _got.GetValueOrDefault(key) + 1;
        }
    }

    /// <summary>The last line may have been torn by a kill: then it was not answered for.</summary>
    private static JsonDocument? Parse(string line)
    {
        try
        {
            return JsonDocument.Parse(line);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    [GeneratedRegex(@"Article (?<number>\d+) of the crash", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Title();

    [GeneratedRegex(@"^Subject:.*$", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Subject();
}
