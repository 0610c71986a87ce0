namespace Notify.Web;

/// <summary>One request to something outside: a GET, or a POST of a form.</summary>
/// <param name="Url">http or https, without user name and password.</param>
/// <param name="ETag">The validator the last answer carried, byte for byte (quotes and <c>W/</c> included), or null.</param>
/// <param name="LastModified">The other validator, byte for byte; never one made up (RFC 9110 section 13.1.3).</param>
/// <param name="AllowPrivate">Also this machine and its neighbours, on any port: for the sandbox.</param>
/// <param name="MaxBytes">How much body is taken, after decompression.</param>
internal sealed record FetchRequest(Uri Url, string? ETag, string? LastModified, bool AllowPrivate, long MaxBytes)
{
    /// <summary>What is posted; null: it is a GET. It follows only redirects that say so (307, 308), and never from https to http.</summary>
    public IReadOnlyList<KeyValuePair<string, string>>? Form { get; init; }
}

/// <summary>The answer after all redirects, whatever its status.</summary>
/// <param name="Status">Its HTTP status, 304 and errors included.</param>
/// <param name="Body">The decompressed body; empty for 304.</param>
/// <param name="ContentType">As sent, with its parameters.</param>
/// <param name="ETag">As sent, to be given back byte for byte.</param>
/// <param name="LastModified">As sent, to be given back byte for byte.</param>
/// <param name="RetryAfter">How long the server asks to be left alone, from now on; never negative.</param>
/// <param name="FinalUrl">Where the answer came from.</param>
/// <param name="PermanentlyMoved">There were redirects, and every one of them was permanent (301, 308): the new address may be kept.</param>
internal sealed record FetchResult(
    int Status,
    byte[] Body,
    string? ContentType,
    string? ETag,
    string? LastModified,
    TimeSpan? RetryAfter,
    Uri FinalUrl,
    bool PermanentlyMoved)
{
    /// <summary>All headers by name, in any case; several of one name are joined by commas, as they may be (RFC 9110 section 5.3).</summary>
    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
}

/// <summary>Why nothing was fetched.</summary>
internal enum FetchFailure
{
    /// <summary>Nothing answered: no such name, no connection, no sense in the answer.</summary>
    Unreachable,

    /// <summary>The address is one this application does not ask for: scheme, port, user name.</summary>
    RefusedUrl,

    /// <summary>The name leads to an address that is not public.</summary>
    PrivateAddress,

    /// <summary>More redirects than anyone needs.</summary>
    TooManyRedirects,

    /// <summary>The body is larger than was allowed.</summary>
    TooLarge,

    /// <summary>It took longer than it may.</summary>
    TimedOut,
}

/// <summary>Nothing was fetched. The message is for an operator and names the host only: the rest of an address may be a secret.</summary>
internal sealed class FetchException(FetchFailure failure, string message, Exception? inner = null) : HttpRequestException(message, inner)
{
    public FetchFailure Failure { get; } = failure;
}
