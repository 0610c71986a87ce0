using System.Text.Json;

namespace Notify.Articles.Push;

/// <summary>What a content system says of one of its articles: how it stands now.</summary>
/// <param name="Item">The system's own name for it, for ever the same.</param>
/// <param name="Keys">Other names it may be known by here.</param>
/// <param name="Address">Where it is or was, if the call says so; a guid may bear the name that the site had once.</param>
/// <param name="Post">Null when it is not public, or not any more.</param>
internal sealed record ArticlePush(string Item, IReadOnlyList<string> Keys, Uri? Address, PushedPost? Post);

/// <summary>An article that is public.</summary>
/// <param name="IsJustPublished">It was not public before.</param>
internal sealed record PushedPost(Uri Url, string Title, string? Summary, DateTimeOffset? PublishedAt, Uri? Image, IReadOnlyList<string> Categories, bool IsJustPublished);

/// <summary>
/// Ghost's webhooks (ghost.org/docs/webhooks; the signature is that of TryGhost/Ghost, WebhookTrigger): <c>X-Ghost-Signature: sha256=hex, t=milliseconds</c>, over the body with the
/// time behind it. A call does not say what happened, only how the post stands and what of it was otherwise before; so that is what is read.
/// </summary>
internal static class GhostCalls
{
    public const string Header = "X-Ghost-Signature";

    /// <returns>The signature, the time it was made, and what was signed; null when it is not signed so.</returns>
    public static SignedCall? Open(IHeaderDictionary headers, byte[] body)
    {
        var parts = headers[Header].ToString().Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .Select(part => part.Split('=', 2)).Where(part => part.Length == 2).GroupBy(part => part[0]).ToDictionary(part => part.Key, part => part.First()[1], StringComparer.Ordinal);
        return parts.GetValueOrDefault("t") is { } time && parts.GetValueOrDefault("sha256") is { } signature && SignedCall.Milliseconds(time) is { } at
            ? new SignedCall(signature, at, [.. body, .. System.Text.Encoding.UTF8.GetBytes(time)])
            : null;
    }

    /// <returns>Null for what is no post, such as a page or a member.</returns>
    public static ArticlePush? Read(JsonElement call)
    {
        if (PostJson.At(call, "post") is not { } post) return null;

        var (current, previous) = (PostJson.At(post, "current"), PostJson.At(post, "previous"));
        var whole = PostJson.Text(current, "id") is null ? previous : current;
        if (PostJson.Text(whole, "id") is not { Length: > 0 and <= 100 } id) return null;

        // Of a deleted post nothing is current. "sent" is a mail of Ghost's own, which has no page.
        var isPublic = PostJson.Text(current, "status") == "published";
        var keys = PostJson.Address(whole, "url") is { } known && !known.AbsolutePath.StartsWith("/404", StringComparison.Ordinal) ? (string[])[$"url:{ArticleUrl.Canonicalise(known)}"] : [];
        return new ArticlePush(id, isPublic ? [] : keys, PostJson.Address(whole, "url"), isPublic && PostJson.Address(current, "url") is { } url
            ? new PushedPost(url, PostJson.Text(current, "title") ?? "", PostJson.Text(current, "custom_excerpt") ?? PostJson.Text(current, "excerpt"),
                PostJson.Moment(current, "published_at"), PostJson.Address(current, "feature_image"),
                [.. PostJson.List(PostJson.At(current, "tags")).SelectMany(tag => ((string?[])[PostJson.Text(tag, "name"), PostJson.Text(tag, "slug")]).OfType<string>())],
                PostJson.Text(previous, "status") is { } before && before != "published")
            : null);
    }
}

/// <summary>
/// The calls of our own plugin for WordPress (<c>docs/wordpress/notify-push.php</c>): <c>X-Notify-Timestamp</c> in milliseconds, <c>X-Notify-Signature: sha256=hex</c> over
/// <c>timestamp.body</c>. A call says how a post stands.
/// </summary>
internal static class WordPressCalls
{
    public const string TimeHeader = "X-Notify-Timestamp";
    public const string Header = "X-Notify-Signature";

    public static SignedCall? Open(IHeaderDictionary headers, byte[] body)
    {
        var (time, signature) = (headers[TimeHeader].ToString(), headers[Header].ToString());
        return SignedCall.Milliseconds(time) is { } at && signature.StartsWith("sha256=", StringComparison.Ordinal)
            ? new SignedCall(signature["sha256=".Length..], at, [.. System.Text.Encoding.UTF8.GetBytes(time + "."), .. body])
            : null;
    }

    public static ArticlePush? Read(JsonElement call)
    {
        if (PostJson.Text(call, "id") is not { Length: > 0 and <= 100 } id) return null;

        var keys = System.Net.WebUtility.HtmlDecode(PostJson.Text(call, "guid")) is { Length: > 0 and <= 500 } guid && guid.Contains(':', StringComparison.Ordinal) ? (string[])[$"guid:{guid}"] : [];
        return new ArticlePush(id, keys, PostJson.Address(call, "link"), PostJson.Text(call, "status") == "publish" && PostJson.Address(call, "link") is { } url
            ? new PushedPost(url, PlainText.FromHtml(PostJson.Text(call, "title") ?? ""), PlainText.FromHtml(PostJson.Text(call, "excerpt") ?? ""),
                PostJson.Moment(call, "date_gmt"), PostJson.Address(call, "image"),
                [.. PostJson.List(PostJson.At(call, "categories")).Select(name => PostJson.Text(name)).OfType<string>().Select(PlainText.FromHtml)],
                PostJson.Text(call, "previous") != "publish")
            : null);
    }
}
