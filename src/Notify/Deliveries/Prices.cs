using System.Collections.Frozen;
using System.Globalization;
using Microsoft.Extensions.Options;

namespace Notify.Deliveries;

/// <summary>What one segment of a text costs, by country: a table, shipped and replaceable.</summary>
public sealed class Prices
{
    private readonly FrozenDictionary<string, decimal> _prices;
    private readonly decimal _others;

    public Prices(IOptions<BudgetOptions> options)
    {
        var all = Load(options.Value.PricesFile);
        _others = all["*"];
        _prices = all.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);
    }

    /// <param name="region">ISO 3166; null when unknown.</param>
    public decimal Of(string? region) => region is not null && _prices.TryGetValue(region, out var price) ? price : _others;

    /// <summary>What is wrong with a table; null when nothing is.</summary>
    internal static string? FaultOf(string file)
    {
        try
        {
            Load(file);
            return null;
        }
        catch (Exception e) when (e is FormatException or IOException or UnauthorizedAccessException)
        {
            return $"Budget:PricesFile cannot be used. {e.Message}";
        }
    }

    private static Dictionary<string, decimal> Load(string file)
    {
        using var text = file.Length > 0 ? File.OpenText(file) : new StreamReader(typeof(Prices).Assembly.GetManifestResourceStream("Deliveries.prices.tsv")!);
        return Read(text);
    }

    /// <exception cref="FormatException">A row cannot be read; the message says which and what is wrong.</exception>
    internal static Dictionary<string, decimal> Read(TextReader text)
    {
        var prices = new Dictionary<string, decimal>(StringComparer.OrdinalIgnoreCase);
        for (var number = 1; text.ReadLine() is { } line; number++)
        {
            if (line.Length == 0 || line[0] == '#' || line.StartsWith("region\t", StringComparison.Ordinal))
            {
                continue;
            }

            var cells = line.Split('\t', StringSplitOptions.TrimEntries);
            if (cells.Length < 2 || cells[0].Length is 0 or > 2 || !decimal.TryParse(cells[1], NumberStyles.Number, CultureInfo.InvariantCulture, out var price) || price < 0)
            {
                throw new FormatException($"Line {number}: write a country's two letters (or *), a tab, and a price such as 0.0118.");
            }

            if (!prices.TryAdd(cells[0], price))
            {
                throw new FormatException($"Line {number}: {cells[0]} stands there twice.");
            }
        }

        return prices.ContainsKey("*") ? prices : throw new FormatException("There is no row for *, every other country.");
    }
}
