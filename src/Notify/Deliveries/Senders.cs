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

    /// <summary>The senders for a country: those made for it, else those made for none.</summary>
    public Sender[] Serving(Channel channel, string? region)
    {
        Sender[] own = [.. Of(channel).Where(sender => region is not null && sender.Countries.Contains(region, StringComparer.OrdinalIgnoreCase))];
        return own.Length > 0 ? own : [.. Of(channel).Where(sender => sender.Countries.Count == 0)];
    }

    /// <summary>The sender a contact hears from: the one it has always heard from, so that a conversation stays in one thread.</summary>
    /// <param name="known">The sender it heard from last; one that is gone, or serves its country no more, is replaced.</param>
    /// <exception cref="InvalidOperationException">The channel has no sender for this country.</exception>
    public Sender For(Channel channel, string? region, long contactId, string? known)
    {
        var all = Serving(channel, region);
        return Array.Find(all, sender => sender.Name == known) ?? (all.Length > 0
            ? all[contactId % all.Length]
            : throw new InvalidOperationException($"No sender for {channel} to {region ?? "anybody"} is configured."));
    }

    public bool Serves(Channel channel, string? region) => Serving(channel, region).Length > 0;

    public bool Has(Channel channel) => Of(channel).Any();

    public bool TryFind(string name, [NotNullWhen(true)] out Sender? sender, [NotNullWhen(true)] out IMessageProvider? provider)
    {
        var found = _byName.TryGetValue(name, out var entry);
        (sender, provider) = entry;
        return found;
    }
}
