using Notify.Sandbox.Records;
using Notify.Sandbox.Web;

namespace Notify.Sandbox.Texts;

/// <summary>Every text that the carrier took, and who blocked whom.</summary>
internal sealed class Handsets(CarrierLog log, TimeProvider clock, Changes changes)
{
    private readonly Lock _gate = new();
    private readonly List<Text> _all = [];
    private readonly Dictionary<string, Text> _bySid = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<Text>> _byNumber = new(StringComparer.Ordinal);
    private readonly HashSet<(string Sender, string Reader)> _blocked = [];
    private readonly HashSet<string> _answered = new(StringComparer.Ordinal);

    /// <summary>Keeps a text, unless its sid is known.</summary>
    public bool Add(Text text)
    {
        lock (_gate)
        {
            if (_bySid.ContainsKey(text.Sid))
                return false;

            log.Append(new TextLine(text));
            Keep(text);
        }

        changes.Happened();
        return true;
    }

    public Text? Find(string sid)
    {
        lock (_gate)
            return _bySid.GetValueOrDefault(sid);
    }

    /// <summary>Moves a text on its way; false when it has been cancelled or emptied meanwhile. Only the last step is written down: a way cut short is gone again after a restart.</summary>
    public bool Move(Text text, string status, int? errorCode = null)
    {
        lock (_gate)
        {
            if (text.Status == "canceled" || !_bySid.ContainsKey(text.Sid))
                return false;

            var now = clock.GetUtcNow();
            if (status == text.FinalStatus || status == "canceled")
                log.Append(new StatusLine(text.Sid, status, errorCode, now));
            Set(text, status, errorCode, now);
        }

        changes.Happened();
        return true;
    }

    /// <summary>Cancels a text that has not left.</summary>
    public bool Cancel(Text text)
    {
        lock (_gate)
            return text.Status is "scheduled" or "accepted" or "queued" && Move(text, "canceled");
    }

    public void Redact(Text text)
    {
        lock (_gate)
        {
            log.Append(new RedactedLine(text.Sid));
            text.Redacted = true;
        }
    }

    public void Delete(Text text)
    {
        lock (_gate)
        {
            log.Append(new DeletedLine(text.Sid));
            text.Deleted = true;
        }
    }

    /// <summary>Newest first, as the provider lists them.</summary>
    public IReadOnlyList<Text> List(Func<Text, bool> wanted, string? to, string? from)
    {
        lock (_gate)
        {
            var among = (to ?? from) is { } number ? _byNumber.GetValueOrDefault(number, []) : _all;
            return [.. Enumerable.Reverse(among).Where(t => !t.Deleted && (to is null || t.To == to) && (from is null || t.From == from) && wanted(t))];
        }
    }

    /// <summary>What a handset shows, oldest first.</summary>
    public IReadOnlyList<Text> OnHandset(string number)
    {
        lock (_gate)
            return [.. _byNumber.GetValueOrDefault(number, []).Where(t => t.Reader == number && t.IsOnHandset)];
    }

    /// <summary>The last text that reached the handset, of all senders or of this one.</summary>
    public Text? LastTo(string reader, string? sender = null)
    {
        lock (_gate)
        {
            return Enumerable.Reverse(_byNumber.GetValueOrDefault(reader, []))
                .FirstOrDefault(t => t.To == reader && t.IsOnHandset && (sender is null || t.From == sender));
        }
    }

    /// <summary>Each handset with its number of texts and the last of them, the newest handset first.</summary>
    public IReadOnlyList<(string Number, int Count, Text Last)> Summaries()
    {
        lock (_gate)
        {
            var seen = new Dictionary<string, (int Count, Text Last)>(StringComparer.Ordinal);
            foreach (var text in _all.Where(t => t.IsOnHandset))
                seen[text.Reader] = (seen.GetValueOrDefault(text.Reader).Count + 1, text);
            return [.. seen.Select(p => (p.Key, p.Value.Count, p.Value.Last)).OrderByDescending(s => s.Last.At).ThenBy(s => s.Key, StringComparer.Ordinal)];
        }
    }

    public bool IsBlocked(string sender, string reader)
    {
        lock (_gate)
            return _blocked.Contains((sender, reader));
    }

    public void Block(string sender, string reader, bool blocked)
    {
        lock (_gate)
        {
            if (blocked ? _blocked.Add((sender, reader)) : _blocked.Remove((sender, reader)))
                log.Append(new BlockLine(sender, reader, blocked));
        }
    }

    /// <summary>True once for each text of a reader: a repeated webhook's answer is not texted twice.</summary>
    public bool TakeAnswer(string sid)
    {
        lock (_gate)
            return _answered.Add(sid);
    }

    public void Clear()
    {
        lock (_gate)
        {
            _all.Clear();
            _bySid.Clear();
            _byNumber.Clear();
            _blocked.Clear();
            _answered.Clear();
        }
    }

    /// <summary>Takes up what the log tells.</summary>
    public void Restore(LogLine line)
    {
        switch (line)
        {
            case TextLine { Text: var text } when !_bySid.ContainsKey(text.Sid):
                Keep(text);
                break;
            case StatusLine s when Find(s.Sid) is { } text:
                Set(text, s.Status, s.ErrorCode, s.At);
                break;
            case RedactedLine r when Find(r.Sid) is { } text:
                text.Redacted = true;
                break;
            case DeletedLine d when Find(d.Sid) is { } text:
                text.Deleted = true;
                break;
            case BlockLine { Blocked: true } b:
                _blocked.Add((b.Sender, b.Reader));
                break;
            case BlockLine b:
                _blocked.Remove((b.Sender, b.Reader));
                break;
        }
    }

    /// <summary>Texts whose way was cut short by a restart.</summary>
    public IReadOnlyList<Text> Unfinished()
    {
        lock (_gate)
            return [.. _all.Where(t => !t.IsFinal)];
    }

    private static void Set(Text text, string status, int? errorCode, DateTimeOffset at)
    {
        (text.Status, text.ErrorCode, text.UpdatedAt) = (status, errorCode, at);
        if (status is "sent" or "delivered" or "undelivered")
            text.SentAt ??= at;
    }

    private void Keep(Text text)
    {
        _all.Add(text);
        _bySid.Add(text.Sid, text);
        Of(text.To).Add(text);
        if (text.From != text.To)
            Of(text.From).Add(text);
        if (text.InReplyTo is { } asked)
            _answered.Add(asked);
    }

    private List<Text> Of(string number)
    {
        if (!_byNumber.TryGetValue(number, out var texts))
            _byNumber.Add(number, texts = []);
        return texts;
    }
}
