using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;

namespace Notify.Providers.Smtp.Checks;

/// <summary>A mechanism of an SPF record, such as <c>~all</c> or <c>ip4:192.0.2.0/24</c>.</summary>
/// <param name="Qualifier">What a match means: <c>+</c>, <c>-</c>, <c>~</c> or <c>?</c>.</param>
/// <param name="Name">Lower case.</param>
/// <param name="Value">Behind the colon, without prefix lengths; empty: the domain itself.</param>
/// <param name="Prefix4">How many bits of an IPv4 address count.</param>
/// <param name="Prefix6">How many bits of an IPv6 address count.</param>
internal sealed record SpfTerm(char Qualifier, string Name, string Value, int Prefix4, int Prefix6)
{
    /// <summary>Those that need the DNS, of which a receiver follows ten (RFC 7208, 4.6.4).</summary>
    public bool IsLookup => Name is "include" or "a" or "mx" or "ptr" or "exists";

    /// <summary>Whether an address is the other one as far as the prefix says.</summary>
    public bool Covers(IPAddress network, IPAddress address)
    {
        var (theirs, ours) = (network.GetAddressBytes(), address.GetAddressBytes());
        var bits = address.AddressFamily == AddressFamily.InterNetwork ? Prefix4 : Prefix6;
        return theirs.Length == ours.Length && theirs.Index().All(at => (at.Item ^ ours[at.Index]) >> Math.Clamp(8 - (bits - (8 * at.Index)), 0, 8) == 0);
    }
}

/// <summary>An SPF record, taken apart (RFC 7208, 4.6.1 and 5).</summary>
internal sealed partial record SpfRecord(IReadOnlyList<SpfTerm> Terms, string? Redirect)
{
    public static bool Is(string text) => text.Equals("v=spf1", StringComparison.OrdinalIgnoreCase) || text.StartsWith("v=spf1 ", StringComparison.OrdinalIgnoreCase);

    /// <param name="text">The record.</param>
    /// <param name="unread">The word that cannot be read.</param>
    /// <returns>Null when there is one: receivers then ignore the whole record.</returns>
    public static SpfRecord? Parse(string text, out string unread)
    {
        var (terms, modifiers) = (new List<SpfTerm>(), new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase));
        foreach (var word in text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Skip(1))
        {
            unread = word;
            if (Modifier().Match(word) is { Success: true } modifier)
            {
                // Unknown ones are ignored; the two that there are name a domain and stand once (6).
                var (name, value) = (modifier.Groups["name"].Value, modifier.Groups["value"].Value);
                var isKnown = name.ToLowerInvariant() is "redirect" or "exp";
                if (!(isKnown ? SpfMacros.IsDomain(value) : SpfMacros.IsText(value)) || (!modifiers.TryAdd(name, value) && isKnown))
                {
                    return null;
                }
            }
            else if (Term(word) is { } term)
            {
                terms.Add(term);
            }
            else
            {
                return null;
            }
        }

        unread = "";
        return new SpfRecord(terms, modifiers.GetValueOrDefault("redirect"));
    }

    private static SpfTerm? Term(string word)
    {
        if (Mechanism().Match(word) is not { Success: true } match)
        {
            return null;
        }

        var (name, value) = (match.Groups["name"].Value.ToLowerInvariant(), match.Groups["value"].Value);
        var (prefix4, prefix6) = (match.Groups["prefix4"], match.Groups["prefix6"]);
        if (name == "ip6")
        {
            // There is but one kind of prefix, and it is written with one slash.
            (prefix4, prefix6) = (prefix6, prefix4);
        }

        var hasDomain = SpfMacros.IsDomain(value);
        var (standsAlone, hasPrefix) = (!match.Groups["value"].Success, prefix4.Success || prefix6.Success);
        var isGood = name switch
        {
            "all" => standsAlone && !hasPrefix,
            "include" or "exists" => hasDomain && !hasPrefix,
            "ptr" => (hasDomain || standsAlone) && !hasPrefix,
            "a" or "mx" => hasDomain || standsAlone,
            "ip4" => !prefix6.Success && IPAddress.TryParse(value, out var ip) && ip.ToString() == value,
            "ip6" => !prefix4.Success && value.Contains(':', StringComparison.Ordinal) && IPAddress.TryParse(value, out _),
            _ => false,
        };
        return isGood && Length(prefix4, 32) is <= 32 and var four && Length(prefix6, 128) is <= 128 and var six
            ? new SpfTerm(match.Groups["qualifier"].Value is [var sign] ? sign : '+', name, value, four, six)
            : null;
    }

    private static int Length(Group prefix, int all) => prefix.Success ? int.Parse(prefix.ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture) : all;

    [GeneratedRegex(@"^(?<name>[A-Za-z][\w.-]*)=(?<value>.*)\z", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Modifier();

    /// <summary>A domain may have slashes itself; a prefix is what stands at the end.</summary>
    [GeneratedRegex(@"^(?<qualifier>[-+~?])?(?<name>[A-Za-z0-9]+)(:(?<value>.+?))?(/(?<prefix4>0|[1-9]\d{0,2}))?(//(?<prefix6>0|[1-9]\d{0,2}))?\z", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Mechanism();
}
