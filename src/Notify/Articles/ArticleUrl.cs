using System.Collections.Frozen;
using System.Globalization;
using System.Text;

namespace Notify.Articles;

/// <summary>
/// Tells whether two addresses are the same article. The result is a key to compare and store, not a link: it has no scheme, no
/// <c>www.</c>, no fragment, and nothing of what newsletters and advertising add to a link.
/// </summary>
internal static class ArticleUrl
{
    private static readonly FrozenSet<string> Tracking = FrozenSet.Create(
        StringComparer.OrdinalIgnoreCase,
        "fbclid", "gclid", "gclsrc", "dclid", "gbraid", "wbraid", "msclkid", "yclid", "twclid", "ttclid", "igshid", "igsh", "li_fat_id", "srsltid",
        "mc_cid", "mc_eid", "_ga", "_gl", "_hsenc", "_hsmi", "mkt_tok", "vero_id", "vero_conv", "oly_enc_id", "oly_anon_id", "xtor", "wt_mc", "__twitter_impression");

    private static readonly string[] TrackingFamilies = ["utm_", "mtm_", "pk_", "hsa_", "at_"];

    public static string Canonicalise(Uri url)
    {
        if (!url.IsAbsoluteUri || url.Scheme is not ("http" or "https")) return url.OriginalString;

        var query = string.Join('&', url.Query.Split('&').Select(part => Escape(part.TrimStart('?'))).Where(part => part.Length > 0 && !IsTracking(part)));
        var path = Escape(url.AbsolutePath).TrimEnd('/');
        return Host(url) + path + (query.Length > 0 ? "?" + query : "");
    }

    public static bool IsSameSite(Uri one, Uri other) => Host(one) == Host(other);

    private static string Host(Uri url)
    {
        var host = AsciiHost(url).TrimEnd('.').ToLowerInvariant();
        if (host.StartsWith("www.", StringComparison.Ordinal) && host.IndexOf('.', 4) > 0) host = host[4..];

        // Either scheme's own port, because the schemes are taken for the same.
        return url.Port is 80 or 443 ? host : string.Create(CultureInfo.InvariantCulture, $"{host}:{url.Port}");
    }

    private static string AsciiHost(Uri url)
    {
        try
        {
            return url.HostNameType == UriHostNameType.Dns ? url.IdnHost : url.Host;
        }
        catch (UriFormatException)
        {
            return url.Host;
        }
    }

    private static bool IsTracking(string part)
    {
        var name = part.IndexOf('=', StringComparison.Ordinal) is var end and >= 0 ? part[..end] : part;
        return Tracking.Contains(name) || TrackingFamilies.Any(family => name.StartsWith(family, StringComparison.OrdinalIgnoreCase));
    }

    // RFC 3986 sections 6.2.2.1 and 6.2.2.2: capital digits, and no escape where none is needed.
    private static string Escape(string part)
    {
        if (!part.Contains('%', StringComparison.Ordinal)) return part;

        var escaped = new StringBuilder(part.Length);
        for (var i = 0; i < part.Length; i++)
        {
            if (part[i] != '%' || i + 2 >= part.Length || !byte.TryParse(part.AsSpan(i + 1, 2), NumberStyles.AllowHexSpecifier, null, out var code))
            {
                escaped.Append(part[i]);
                continue;
            }

            if (char.IsAsciiLetterOrDigit((char)code) || (char)code is '-' or '.' or '_' or '~') escaped.Append((char)code);
            else escaped.Append(CultureInfo.InvariantCulture, $"%{code:X2}");
            i += 2;
        }

        return escaped.ToString();
    }
}
