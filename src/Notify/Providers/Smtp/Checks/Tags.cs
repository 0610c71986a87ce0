namespace Notify.Providers.Smtp.Checks;

/// <summary>Tags and values, as in <c>v=DKIM1; k=rsa</c> (RFC 6376, 3.2), which DMARC uses too.</summary>
internal static class Tags
{
    /// <returns>Null when it is no such list, or one that names a tag twice.</returns>
    public static IReadOnlyDictionary<string, string>? Parse(string text)
    {
        var tags = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var part in text.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            // Blanks within a value are folds, such as base64 has.
            if (part.Split('=', 2) is not [var name, var value] || !tags.TryAdd(name.Trim(), string.Concat(value.Where(c => !char.IsWhiteSpace(c)))))
            {
                return null;
            }
        }

        return tags;
    }
}
