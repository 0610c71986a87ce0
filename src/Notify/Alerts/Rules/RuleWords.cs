using Notify.Articles;
using Notify.Publication;

namespace Notify.Alerts.Rules;

/// <summary>A rule as a sentence.</summary>
internal static class RuleWords
{
    public static string Say(Rule rule, PublicationOptions site)
    {
        string[] conditions =
        [
            .. List("under", Rule.Words(rule.Topics).Select(key => site.Topics.FirstOrDefault(t => t.Key == key)?.Name ?? key)),
            .. List("by", Rule.Lines(rule.Authors)),
            .. List("says", Rule.Lines(rule.Keywords).Select(word => $"\"{word}\"")),
            .. List("comes from", Rule.Lines(rule.CameFrom)),
            .. rule.Priority is { } priority ? [priority == ArticlePriority.Breaking ? "is breaking" : "is not breaking"] : (string[])[],
            .. List("on", Rule.Words(rule.Days)),
            .. rule.FromTime.Length > 0 ? [$"between {rule.FromTime} and {rule.ToTime}"] : (string[])[],
        ];
        return $"{(conditions.Length == 0 ? "every article" : $"an article {string.Join(", ", conditions)}")} {Outcome(rule.Outcome)}";
    }

    public static string Outcome(RuleOutcome outcome) => outcome switch
    {
        RuleOutcome.Digest => "goes into the digests",
        RuleOutcome.Ask => "waits for an editor",
        _ => "goes out at once",
    };

    private static IEnumerable<string> List(string before, IEnumerable<string> values) => values.ToArray() is { Length: > 0 } all ? [$"{before} {string.Join(" or ", all)}"] : [];
}
