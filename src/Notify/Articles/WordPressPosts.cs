using System.Globalization;
using System.Text.Json;
using Notify.Web;

namespace Notify.Articles;

/// <summary>What was read of a list of posts.</summary>
/// <param name="Items">Newest change first; null when there is nothing to rely on.</param>
/// <param name="ChangedTo">The latest change in it.</param>
/// <param name="Last">The last answer.</param>
internal sealed record PostsRead(IReadOnlyList<FeedItem>? Items, DateTimeOffset? ChangedTo, FetchResult Last, string? Problem);

/// <summary>
/// Asks a WordPress site for the posts that were changed since the last look (REST API since 5.7: <c>modified_after</c>). The latest change comes first, so that a post
/// that is changed meanwhile moves others to where they are read again, never to where they are missed.
/// </summary>
internal sealed class WordPressPosts(OutboundHttp http)
{
    private const string Wanted = "per_page=100&orderby=modified&order=desc&_embed=wp:term&_fields=id,guid,link,title,excerpt,date_gmt,modified_gmt,_links,_embedded";

    private const int PageLength = 100;

    /// <summary>More is no news but the work of a program; the oldest changes are left out, and said so.</summary>
    private const int MostPages = 10;

    private const long MostBytes = 10 * 1024 * 1024;

    /// <summary>The list has seconds, and a second may not have been over yet.</summary>
    private static readonly TimeSpan Overlap = TimeSpan.FromSeconds(2);

    public async Task<PostsRead> ReadAsync(FeedTurn turn, CancellationToken cancellationToken)
    {
        var (items, changedTo) = (new List<FeedItem>(), (DateTimeOffset?)null);
        for (var page = 1; ; page++)
        {
            var result = await http.FetchAsync(new FetchRequest(Address(turn.State, page), null, null, turn.IsOurs, MostBytes), cancellationToken);
            if (result.Status == 400 && page > 1)
            {
                // There were more pages when the last one was asked for.
                return new PostsRead(items, changedTo, result with { Status = 200 }, null);
            }

            if (result.Status != 200 || Read(result.Body) is not { } posts)
            {
                return new PostsRead(null, null, result, "this is no list of posts; Url must be a WordPress site, or the list itself (…/wp-json/wp/v2/posts)");
            }

            items.AddRange(posts.Select(post => post.Item));
            changedTo ??= posts.Max(post => post.Changed);
            // The first look wants no more than a beginning.
            if (posts.Count < PageLength || turn.State.ReadTo is null || page >= Pages(result))
            {
                return new PostsRead(items, changedTo, result, null);
            }

            if (page == MostPages)
            {
                return new PostsRead(items, changedTo, result, $"more than {MostPages * PageLength} posts were changed at once; the rest was left out");
            }
        }
    }

    /// <summary>The list, at the address that is asked: of the site, or as it stands in the settings.</summary>
    internal static Uri Address(FeedState state, int page)
    {
        var place = state.Place;
        var isList = place.AbsolutePath.Contains("/wp-json/", StringComparison.Ordinal) || place.Query.Contains("rest_route=", StringComparison.Ordinal);
        var list = new UriBuilder(place) { Fragment = "" };
        if (!isList) (list.Path, list.Query) = (place.AbsolutePath.TrimEnd('/') + "/wp-json/wp/v2/posts", "");

        var since = state.ReadTo is { } readTo ? "&modified_after=" + (readTo - Overlap).UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture) : "";
        list.Query = $"{(list.Query.Length > 1 ? list.Query[1..] + "&" : "")}{Wanted}&page={page.ToString(CultureInfo.InvariantCulture)}{since}";
        return list.Uri;
    }

    /// <returns>Null when it is no list of posts.</returns>
    internal static IReadOnlyList<(FeedItem Item, DateTimeOffset? Changed)>? Read(ReadOnlyMemory<byte> body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            return document.RootElement.ValueKind == JsonValueKind.Array
                ? [.. document.RootElement.EnumerateArray().Where(post => post.ValueKind == JsonValueKind.Object).Take(PageLength).Select(Post)]
                : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    private static (FeedItem Item, DateTimeOffset? Changed) Post(JsonElement post)
    {
        var link = Uri.TryCreate(PostJson.Text(post, "link"), UriKind.Absolute, out var address) && address.Scheme is "http" or "https" ? address : null;
        var (published, changed) = (PostJson.Moment(post, "date_gmt"), PostJson.Moment(post, "modified_gmt"));
        return (new FeedItem(
            System.Net.WebUtility.HtmlDecode(PostJson.Text(post, "guid", "rendered")), link, PlainText.FromHtml(PostJson.Text(post, "title", "rendered") ?? ""),
            PlainText.FromHtml(PostJson.Text(post, "excerpt", "rendered") ?? "") is { Length: > 0 } words ? PlainText.Cut(words, FeedReader.LongestSummary) : null,
            published, changed, [.. Terms(post)]), changed ?? published);
    }

    private static IEnumerable<string> Terms(JsonElement post) =>
        PostJson.List(PostJson.At(post, "_embedded", "wp:term")).SelectMany(taxonomy => PostJson.List(taxonomy))
            .SelectMany(term => ((string?[])[PostJson.Text(term, "name"), PostJson.Text(term, "slug")]).OfType<string>())
            .Select(PlainText.FromHtml).Distinct(StringComparer.OrdinalIgnoreCase);

    private static int Pages(FetchResult result) =>
        int.TryParse(result.Headers.GetValueOrDefault("X-WP-TotalPages"), NumberStyles.None, CultureInfo.InvariantCulture, out var pages) ? pages : int.MaxValue;
}
