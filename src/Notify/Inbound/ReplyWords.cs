using System.Collections.Frozen;
using System.Globalization;
using Notify.Messages;
using Notify.Publication;

namespace Notify.Inbound;

/// <summary>
/// The words of our answers, in the reader's language (CTIA Messaging Principles 5.1.3; Short Code handbook). They lie in <c>Inbound/Replies</c>,
/// a file a language; English where there is none.
/// </summary>
internal sealed class ReplyWords
{
    private const string Fallback = "en";

    private static readonly FrozenDictionary<string, FrozenDictionary<string, string>> Languages = WordFiles.Read("Inbound.Replies.");

    private readonly PublicationOptions _site;
    private readonly FrozenDictionary<string, string> _words;

    /// <param name="locale">The reader's, such as <c>he</c> or <c>pt-BR</c>; null: the publication's.</param>
    public ReplyWords(PublicationOptions site, string? locale)
    {
        _site = site;
        _words = Languages.GetValueOrDefault((locale ?? site.Locale).Split('-', '_')[0].ToLowerInvariant()) ?? Languages[Fallback];
    }

    public static IEnumerable<string> Known => Languages.Keys;

    public string Welcome => Fill("welcome");

    public string Stopped => Fill("stopped");

    public string Help => Fill("help");

    public string TopicStopped(string topic) => Fill("topicStopped", ("topic", Name(topic)));

    public string TopicStarted(string topic) => Fill("topicStarted", ("topic", Name(topic)));

    public string Paused(int days) => Fill("paused", ("days", days.ToString(CultureInfo.InvariantCulture)));

    /// <param name="topics">The keys of what the reader gets.</param>
    public string List(IReadOnlyList<string> topics) => topics.Count > 0 ? Fill("list", ("topics", Names(topics))) : Fill("listNone");

    public string Less(IReadOnlyList<string> topics) => topics.Count > 0 ? Fill("less", ("topics", Names(topics))) : Fill("listNone");

    public string Daily(TimeOnly at) => Fill("daily", ("hour", at.ToString("HH:mm", CultureInfo.InvariantCulture)));

    private string Frequency => _site.MaxTextsPerDay > 0
        ? _words["upto"].Replace("{count}", _site.MaxTextsPerDay.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)
        : _words["varies"];

    private string Fill(string key, params (string Name, string Value)[] values)
    {
        var text = _words[key].Replace("{site}", _site.Name, StringComparison.Ordinal).Replace("{frequency}", Frequency, StringComparison.Ordinal)
            .Replace("{support}", _site.SupportContact.Length > 0 ? _site.SupportContact : _site.Url, StringComparison.Ordinal);
        return TextNormaliser.Normalise(
            values.Aggregate(text, (filled, value) => filled.Replace("{" + value.Name + "}", value.Value, StringComparison.Ordinal)), _site.FoldAccents);
    }

    private string Names(IReadOnlyList<string> topics) => string.Join(", ", topics.Select(Name));

    private string Name(string topic) => _site.Topics.FirstOrDefault(t => t.Key == topic)?.Name ?? topic;
}
