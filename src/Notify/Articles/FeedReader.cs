namespace Notify.Articles;

internal sealed record FeedItem(string? Id, Uri? Link, string Title, string? Summary, DateTimeOffset? Published, DateTimeOffset? Updated, IReadOnlyList<string> Categories);

internal sealed record Feed(string Format, IReadOnlyList<FeedItem> Items, IReadOnlyList<string> Problems);

internal static class FeedReader
{
    public static Feed Read(ReadOnlyMemory<byte> body, string? contentType, Uri source) => new("none", [], []);
}
