using System.Text.Json;
using System.Text.Json.Serialization;

namespace Notify.Sandbox.Faults;

/// <summary>The trouble that is armed, and whether the carrier blocks by itself.</summary>
/// <remarks>
/// <para>A rule is a JSON object; <c>POST /faults</c> takes one or an array of them, all or none. The oldest rule that concerns an event strikes, alone.</para>
/// <para>Every rule: <c>on</c> (create, status, inbound, smtp), <c>to</c> (the reader's number or address, or its beginning and <c>*</c>),
/// <c>times</c> (default 1; 0 until cleared).</para>
/// <para><c>create</c> - the request that hands a text over: <c>latencyMs</c>; <c>status</c> 400, 402, 429, 500, 503 with <c>code</c>;
/// <c>refuse</c> (the connection ends before the text is taken); <c>timeoutAfterAccept</c> (taken, never answered);
/// <c>dropAfterAccept</c> (taken, then the connection ends); <c>finalStatus</c> undelivered, failed, sent with <c>errorCode</c>.</para>
/// <para><c>status</c> - the callbacks of one text: <c>lose</c>, <c>double</c>, <c>reorder</c>, <c>beforeAnswer</c> (all of them before the
/// create request is answered), <c>delayMs</c>.</para>
/// <para><c>inbound</c> - the webhook of a reader's text: <c>lose</c>, <c>double</c>, <c>delayMs</c>.</para>
/// <para><c>smtp</c>: <c>command</c> CONNECT, MAIL, RCPT, DATA or <c>.</c> (the end of the mail); <c>reply</c>, <c>disconnect</c>, <c>latencyMs</c>.
/// After <c>.</c> a disconnect comes when the mail has been stored - in doubt for who sent it - unless <c>beforeStore</c> is true;
/// a reply that is no 2xx means not stored. Who the reader is, is not known yet at CONNECT and MAIL.</para>
/// <para><c>{ "blockOnStop": true }</c> makes the carrier keep a block list of its own, as most providers do for long codes:
/// after STOP, texts from that sender answer 21610 until START. By default it does not, like a stand-alone short code.</para>
/// <para><c>{ "keywords": true }</c> makes it heed and answer keywords by itself, as the kind of each sender has it: see <c>KeywordHandling</c>.</para>
/// </remarks>
internal sealed class FaultBook
{
    private static readonly string[] Always = ["on", "to", "times"];

    private static readonly Dictionary<string, string[]> Fields = new(StringComparer.Ordinal)
    {
        ["create"] = ["latencyMs", "status", "code", "timeoutAfterAccept", "dropAfterAccept", "refuse", "finalStatus", "errorCode"],
        ["status"] = ["lose", "double", "reorder", "beforeAnswer", "delayMs"],
        ["inbound"] = ["lose", "double", "delayMs"],
        ["smtp"] = ["command", "reply", "disconnect", "beforeStore", "latencyMs"],
    };

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        PropertyNameCaseInsensitive = false,
        NumberHandling = JsonNumberHandling.Strict,
    };

    private readonly Lock _gate = new();
    private readonly List<FaultRule> _rules = [];

    public bool BlockOnStop { get; private set; }

    /// <summary>Whether keywords are heeded and answered by the kind of the sender.</summary>
    public bool Keywords { get; private set; }

    public IReadOnlyList<FaultRule> Rules
    {
        get
        {
            lock (_gate)
                return [.. _rules];
        }
    }

    /// <summary>The oldest rule that concerns this event, used up by one; null when nothing is to go wrong.</summary>
    public FaultRule? Strike(string on, IEnumerable<string> readers, string? command = null)
    {
        lock (_gate)
        {
            var at = _rules.FindIndex(r => r.On == on && r.Command == command && (r.To is null || readers.Any(r.Concerns)));
            if (at < 0)
                return null;

            var rule = _rules[at];
            if (rule.Times == 1)
                _rules.RemoveAt(at);
            if (rule.Times > 1)
                _rules[at] = rule with { Times = rule.Times - 1 };
            return rule;
        }
    }

    public FaultRule? Strike(string on, string reader) => Strike(on, [reader]);

    public void Clear()
    {
        lock (_gate)
        {
            _rules.Clear();
            BlockOnStop = false;
            Keywords = false;
        }
    }

    /// <summary>Arms what the document says, all of it or nothing; what is wrong with it, or null.</summary>
    public string? Arm(JsonElement document)
    {
        var rules = new List<FaultRule>();
        bool? blockOnStop = null;
        bool? keywords = null;
        foreach (var element in document.ValueKind == JsonValueKind.Array ? [.. document.EnumerateArray()] : new[] { document })
        {
            if (element.ValueKind != JsonValueKind.Object)
                return "A rule is a JSON object.";

            if (element.TryGetProperty("blockOnStop", out var block) && !element.TryGetProperty("on", out _))
            {
                if (block.ValueKind is not (JsonValueKind.True or JsonValueKind.False) || element.EnumerateObject().Count() > 1)
                    return "blockOnStop is true or false and stands alone.";
                blockOnStop = block.GetBoolean();
                continue;
            }

            if (element.TryGetProperty("keywords", out var heeded) && !element.TryGetProperty("on", out _))
            {
                if (heeded.ValueKind is not (JsonValueKind.True or JsonValueKind.False) || element.EnumerateObject().Count() > 1)
                    return "keywords is true or false and stands alone.";
                keywords = heeded.GetBoolean();
                continue;
            }

            var (rule, wrong) = Read(element);
            if (rule is null)
                return wrong;
            rules.Add(rule);
        }

        lock (_gate)
        {
            _rules.AddRange(rules);
            BlockOnStop = blockOnStop ?? BlockOnStop;
            Keywords = keywords ?? Keywords;
        }

        return null;
    }

    private static (FaultRule? Rule, string? Wrong) Read(JsonElement element)
    {
        if (!element.TryGetProperty("on", out var on) || on.ValueKind != JsonValueKind.String || !Fields.TryGetValue(on.GetString()!, out var known))
            return (null, $"A rule has \"on\": one of {string.Join(", ", Fields.Keys)}.");

        foreach (var field in element.EnumerateObject().Select(f => f.Name))
        {
            if (!Always.Contains(field) && !known.Contains(field))
                return (null, $"A rule on {on.GetString()} has no field \"{field}\"; it may have {string.Join(", ", [.. Always, .. known])}.");
        }

        try
        {
            var rule = element.Deserialize<FaultRule>(Json)!;
            return FaultCheck.Wrong(rule) is { } wrong ? (null, wrong) : (rule, null);
        }
        catch (JsonException e)
        {
            return (null, $"The value of {e.Path?.TrimStart('$', '.')} cannot be read.");
        }
    }
}
