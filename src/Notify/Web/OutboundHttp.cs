namespace Notify.Web;

internal sealed record FetchRequest(Uri Url, string? ETag, string? LastModified, bool AllowPrivate, long MaxBytes);

internal sealed record FetchResult(int Status, byte[] Body, string? ContentType, string? ETag, string? LastModified, TimeSpan? RetryAfter, Uri FinalUrl, bool PermanentlyMoved);

internal sealed class OutboundHttp
{
    public Task<FetchResult> FetchAsync(FetchRequest request, CancellationToken cancellationToken) => throw new HttpRequestException("not here yet");
}
