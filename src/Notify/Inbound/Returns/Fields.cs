using System.Text;

namespace Notify.Inbound.Returns;

/// <summary>Named fields in order, as they stand in reports and in returned headers; folded ones are joined (RFC 5322, 2.2.3).</summary>
internal sealed class Fields
{
    private const int Most = 500;

    /// <summary>RFC 5321, 4.5.3.1.5: a reply line has 512 octets; some have many lines.</summary>
    private const int Longest = 32 * 1024;

    private readonly List<(string Name, string Value)> _all = [];

    public static Fields None { get; } = new();

    public bool IsEmpty => _all.Count == 0;

    /// <summary>The first of that name that says something.</summary>
    public string? this[string name] => _all.Find(field => field.Value.Length > 0 && field.Name.Equals(name, StringComparison.OrdinalIgnoreCase)).Value;

    public IEnumerable<string> All(string name) => _all.Where(field => field.Name.Equals(name, StringComparison.OrdinalIgnoreCase)).Select(field => field.Value);

    public void Add(string name, string value)
    {
        if (_all.Count < Most)
        {
            _all.Add((name.Trim(), (value.Length > Longest ? value[..Longest] : value).Trim()));
        }
    }

    /// <summary>As many groups as there are recipients in one: some forget the blank line between them (RFC 3464, 2.1).</summary>
    public IEnumerable<Fields> ByRecipient()
    {
        var part = new Fields();
        foreach (var (name, value) in _all)
        {
            if (name.Equals("Final-Recipient", StringComparison.OrdinalIgnoreCase) && part[name] is not null)
            {
                yield return part;
                part = new Fields();
            }

            part.Add(name, value);
        }

        yield return part;
    }

    /// <summary>Reads lines up to a blank one; a line that is no field continues the one before.</summary>
    public static Fields Parse(IEnumerable<string> lines)
    {
        var fields = new Fields();
        string? name = null;
        var value = new StringBuilder();
        foreach (var line in lines.TakeWhile(line => !string.IsNullOrWhiteSpace(line)))
        {
            if (NameOf(line) is not { } next)
            {
                value.Append(' ').Append(line.AsSpan().Trim());
                continue;
            }

            if (name is not null)
            {
                fields.Add(name, value.ToString());
            }

            name = next;
            value.Clear().Append(line.AsSpan(next.Length + 1));
        }

        if (name is not null)
        {
            fields.Add(name, value.ToString());
        }

        return fields;
    }

    /// <summary>The name before the colon, when the line starts a field (RFC 5322, 3.6.8).</summary>
    public static string? NameOf(string line) =>
        line.IndexOf(':', StringComparison.Ordinal) is > 0 and <= 76 and var colon && !line.AsSpan(0, colon).ContainsAnyExceptInRange('!', '~') ? line[..colon] : null;
}
