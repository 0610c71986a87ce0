using System.Diagnostics.CodeAnalysis;
using Notify.Contacts;

namespace Notify.Deliveries;

/// <summary>Every sender of every provider, by name.</summary>
public sealed class Senders
{
    private readonly Dictionary<string, (Sender Sender, IMessageProvider Provider)> _byName = new(StringComparer.Ordinal);

    public Senders(IEnumerable<IMessageProvider> providers)
    {
        foreach (var provider in providers)
        {
            foreach (var sender in provider.Senders)
            {
                if (!_byName.TryAdd(sender.Name, (sender, provider)))
                {
                    throw new InvalidOperationException($"Two senders are called '{sender.Name}'. Give each configured sender and relay a Name of its own.");
                }
            }
        }

        All = [.. _byName.Values.Select(v => v.Sender)];
    }

    public IReadOnlyList<Sender> All { get; }

    public IEnumerable<Sender> Of(Channel channel) => All.Where(sender => sender.Channel == channel);

    /// <summary>The sender a contact hears from: always the same one, so that a conversation stays in one thread.</summary>
    /// <exception cref="InvalidOperationException">The channel has no sender.</exception>
    public Sender For(Channel channel, long contactId)
    {
        Sender[] all = [.. Of(channel)];
        return all.Length > 0
            ? all[contactId % all.Length]
            : throw new InvalidOperationException($"No sender for {channel} is configured.");
    }

    public bool Has(Channel channel) => Of(channel).Any();

    public bool TryFind(string name, [NotNullWhen(true)] out Sender? sender, [NotNullWhen(true)] out IMessageProvider? provider)
    {
        var found = _byName.TryGetValue(name, out var entry);
        (sender, provider) = entry;
        return found;
    }
}
