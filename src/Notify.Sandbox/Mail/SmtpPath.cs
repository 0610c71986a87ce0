namespace Notify.Sandbox.Mail;

/// <summary>The argument of MAIL and RCPT: an address in angle brackets, then parameters (RFC 5321 section 4.1.2).</summary>
internal sealed record SmtpPath(string Address, IReadOnlyDictionary<string, string> Parameters)
{
    /// <summary>Null where it is none. An empty address is for the caller to judge.</summary>
    public static SmtpPath? Parse(string argument, string prefix)
    {
        if (!argument.StartsWith(prefix, StringComparison.OrdinalIgnoreCase) || argument.AsSpan(prefix.Length).TrimStart(' ') is not ['<', .. var rest])
            return null;
        if (End(rest) is not { } end)
            return null;

        var address = rest[..end].ToString();
        if (address is ['@', ..] && address.Split(':', 2) is [_, var direct])
            address = direct; // a source route is read and ignored
        if (address.Length > 0 && !IsAddress(address))
            return null;

        var parameters = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var parameter in rest[(end + 1)..].ToString().Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            var parts = parameter.Split('=', 2);
            parameters[parts[0]] = parts.Length == 2 ? parts[1] : "";
        }

        return new SmtpPath(address, parameters);
    }

    /// <summary>The closing bracket, which does not count within quotes.</summary>
    private static int? End(ReadOnlySpan<char> path)
    {
        var quoted = false;
        for (var i = 0; i < path.Length; i++)
        {
            if (path[i] == '\\' && quoted)
                i++;
            else if (path[i] == '"')
                quoted = !quoted;
            else if (path[i] == '>' && !quoted)
                return i;
        }

        return null;
    }

    private static bool IsAddress(string address) =>
        address.LastIndexOf('@') is > 0 and <= 64 and var at && at < address.Length - 1 && address.Length <= 254
        && !address.Any(c => char.IsControl(c) || c is '<' or '>') && (address[0] == '"' || !address.Contains(' ', StringComparison.Ordinal));
}
