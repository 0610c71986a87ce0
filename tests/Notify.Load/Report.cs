using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Notify.Load;

/// <summary>What a scenario found: figures, ratios to a limit of the same run, and whether they are as they must be.</summary>
internal sealed class Report(string scenario)
{
    private static readonly JsonSerializerOptions Readable = new() { WriteIndented = true };

    private readonly Dictionary<string, double> _figures = new(StringComparer.Ordinal);
    private readonly Dictionary<string, double> _ratios = new(StringComparer.Ordinal);
    private readonly List<(string Name, string Value, string Must, bool IsGood)> _lines = [];

    public bool IsGood => _lines.TrueForAll(line => line.IsGood);

    /// <summary>The middle of several runs.</summary>
    public static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted.Length % 2 == 1 ? sorted[sorted.Length / 2] : (sorted[(sorted.Length / 2) - 1] + sorted[sorted.Length / 2]) / 2;
    }

    public void Figure(string name, double value, string must = "", bool isGood = true) => Add(_figures, name, value, must, isGood);

    /// <summary>A ratio that must not be lower.</summary>
    public void AtLeast(string name, double ratio, double bound) => Add(_ratios, name, ratio, $"at least {Text(bound)}", ratio >= bound);

    /// <summary>A ratio that must not be higher.</summary>
    public void AtMost(string name, double ratio, double bound) => Add(_ratios, name, ratio, $"at most {Text(bound)}", ratio <= bound);

    /// <summary>A line in passing, so that whoever waits sees something.</summary>
    public static void Say(string line) => Console.WriteLine(line);

    public void Print()
    {
        Console.WriteLine();
        Console.WriteLine($"{scenario} on {Machine.Describe()}");
        var width = _lines.Max(line => line.Name.Length);
        foreach (var (name, value, must, isGood) in _lines)
        {
            Console.WriteLine($"  {name.PadRight(width)}  {value,12}  {must}{(isGood ? "" : "  <- MISSED")}");
        }
    }

    public async Task WriteAsync(string file, CancellationToken cancellationToken)
    {
        var json = new JsonObject
        {
            ["scenario"] = scenario,
            ["machine"] = Machine.Describe(),
            ["figures"] = new JsonObject(_figures.Select(f => KeyValuePair.Create<string, JsonNode?>(f.Key, f.Value))),
            ["ratios"] = new JsonObject(_ratios.Select(r => KeyValuePair.Create<string, JsonNode?>(r.Key, r.Value))),
        };
        await File.WriteAllTextAsync(file, json.ToJsonString(Readable), cancellationToken);
    }

    private void Add(Dictionary<string, double> kind, string name, double value, string must, bool isGood)
    {
        kind[name] = Math.Round(value, 4);
        _lines.Add((name, Text(value), must, isGood));
    }

    private static string Text(double value) => value.ToString(value is > -100 and < 100 ? "0.###" : "#,0", CultureInfo.InvariantCulture);
}
