using System.Globalization;
using System.Text;
using Notify.Contacts;
using Notify.Deliveries;

namespace Notify.Alerts;

/// <summary>The rule of <see cref="Senders.For"/>, as SQL: the same contact always hears from the same sender.</summary>
internal static class SenderRule
{
    /// <summary>An expression over a contact <c>c</c>; null where no sender serves it.</summary>
    /// <param name="parameters">Its parameters are added to these.</param>
    public static string Of(Senders senders, List<(string, object?)> parameters)
    {
        var sql = new StringBuilder("CASE c.channel");
        foreach (var channel in Enum.GetValues<Channel>())
        {
            string[] regions = [.. senders.Of(channel).SelectMany(s => s.Countries).Distinct(StringComparer.OrdinalIgnoreCase).Order(StringComparer.Ordinal)];
            var choices = regions.Select(region => (Region: (string?)region, Senders: senders.Serving(channel, region))).Append((Region: null, Senders: senders.Serving(channel, null)));
            sql.Append(CultureInfo.InvariantCulture, $" WHEN {(int)channel} THEN CASE");
            foreach (var (region, serving) in choices)
            {
                var condition = region is null ? "1 = 1" : $"c.region = {Add(region.ToUpperInvariant())}";
                sql.Append(CultureInfo.InvariantCulture, $" WHEN {condition} THEN {Among(serving)}");
            }

            sql.Append(" END");
        }

        return sql.Append(" END").ToString();

        string Among(Sender[] serving)
        {
            if (serving.Length < 2)
            {
                return serving is [var only] ? Add(only.Name) : "NULL";
            }

            string[] names = [.. serving.Select(s => Add(s.Name))];
            var turns = string.Concat(names.Select((name, i) => $" WHEN {i.ToString(CultureInfo.InvariantCulture)} THEN {name}"));
            return $"CASE WHEN c.sender IN ({string.Join(", ", names)}) THEN c.sender ELSE CASE c.id % {names.Length.ToString(CultureInfo.InvariantCulture)}{turns} END END";
        }

        string Add(string value)
        {
            var name = "sender" + parameters.Count.ToString(CultureInfo.InvariantCulture);
            parameters.Add((name, value));
            return $"CAST(@{name} AS text)";
        }
    }
}
