namespace Notify.Articles;

/// <summary>Addresses in feeds.</summary>
internal static class FeedLinks
{
    private const int Longest = 2_048;

    /// <returns>The absolute address on the web, or nothing if this is none.</returns>
    public static Uri? Resolve(Uri from, string link)
    {
        // Line breaks and tabs inside an address mean nothing (WHATWG URL Standard, section 4.4).
        link = string.Concat(link.Trim().Where(c => c is not ('\n' or '\r' or '\t')));
        if (link.Length is 0 or > Longest) return null;

        // A rooted path would be a file's absolute address on Unix.
        var isWhole = Uri.TryCreate(link, UriKind.Absolute, out var uri) && link[0] != '/';
        if (!isWhole && !Uri.TryCreate(from, link, out uri)) return null;

        return uri is { Scheme: "http" or "https", Host.Length: > 0 } ? uri : null;
    }

    /// <returns>Where relative addresses start inside an element that says so itself (XML Base), or else where they did outside.</returns>
    public static Uri Rebase(Uri outer, string? given) => given is not null && Resolve(outer, given) is { } inner ? inner : outer;
}
