using Notify.Sandbox.Records;
using Notify.Sandbox.Web;

namespace Notify.Sandbox.Mail;

/// <summary>Every mail that was taken, by recipient. With a log on disk the bytes stay there; without one they are kept here.</summary>
internal sealed class Mailboxes(CarrierLog log, TimeProvider clock, Changes changes)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, List<Entry>> _byAddress = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Keeps one mail for each recipient; the id of the first.</summary>
    public string Add(string sender, IReadOnlyList<string> recipients, byte[] raw)
    {
        var at = clock.GetUtcNow();
        var first = "";
        foreach (var recipient in recipients)
        {
            var mail = new StoredMail(Guid.CreateVersion7(at).ToString("N"), at, sender, recipient);
            first = first.Length > 0 ? first : mail.Id;
            lock (_gate)
            {
                var span = log.Append(new MailLine(mail, raw));
                Keep(new Entry(mail, span, span is null ? raw : null));
            }
        }

        changes.Happened();
        return first;
    }

    /// <summary>What a mailbox holds, oldest first.</summary>
    public IReadOnlyList<MailView> In(string address)
    {
        Entry[] entries;
        lock (_gate)
            entries = [.. _byAddress.GetValueOrDefault(address, [])];
        return [.. entries.Select(View)];
    }

    public MailView? Find(string address, string id)
    {
        Entry? entry;
        lock (_gate)
            entry = _byAddress.GetValueOrDefault(address, []).Find(e => e.Mail.Id == id);
        return entry is null ? null : View(entry);
    }

    /// <summary>Each mailbox that is wanted, the newest first; a subject is read only for what is taken.</summary>
    public IReadOnlyList<Summary> Summaries(string? like, int take)
    {
        List<(string Address, int Count, Entry Last)> boxes;
        lock (_gate)
        {
            boxes = [.. _byAddress.Where(b => like is null || b.Key.Contains(like, StringComparison.OrdinalIgnoreCase))
                .Select(b => (b.Key, b.Value.Count, b.Value[^1]))];
        }

        return [.. boxes.OrderByDescending(b => b.Last.Mail.At).ThenByDescending(b => b.Last.Mail.Id, StringComparer.Ordinal).Take(take)
            .Select(b => new Summary(b.Address, b.Count, b.Last.Mail.At.UtcDateTime, b.Last.Subject ??= View(b.Last).Subject))];
    }

    public void Clear()
    {
        lock (_gate)
            _byAddress.Clear();
    }

    public void Restore(StoredMail mail, LogSpan? span) => Keep(new Entry(mail, span, null));

    private MailView View(Entry entry) =>
        MailView.Of(entry.Mail, entry.Raw ?? (entry.Span is { } span && log.Read(span) is MailLine line ? line.Raw : []));

    private void Keep(Entry entry)
    {
        if (!_byAddress.TryGetValue(entry.Mail.Recipient, out var box))
            _byAddress.Add(entry.Mail.Recipient, box = []);
        box.Add(entry);
    }

    private sealed record Entry(StoredMail Mail, LogSpan? Span, byte[]? Raw)
    {
        public string? Subject { get; set; }
    }
}
