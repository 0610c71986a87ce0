using System.Security.Cryptography;
using System.Text.Json;
using Notify.Storage;

namespace Notify.Alerts;

/// <summary>Requests under a key of their caller's: the same again gets the same answer, another under the same key is found.</summary>
internal static class KnownRequests
{
    /// <summary>How long a key is remembered; the article itself is known by its address for ever.</summary>
    public static readonly TimeSpan Kept = TimeSpan.FromDays(30);

    /// <param name="key">Null or empty: the request has none.</param>
    /// <returns>Null: the key was used for another request.</returns>
    public static async Task<(Guid ArticleId, Guid? AlertId, bool IsNew)?> OnceAsync<T>(
        Write write, string caller, string? key, T request, Func<Task<(Guid ArticleId, Guid? AlertId, bool IsNew)>> publish)
    {
        if (key is not { Length: > 0 })
        {
            return await publish();
        }

        var fingerprint = Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(request)));
        if (await write.QueryAsync("SELECT fingerprint, article_id FROM article_requests WHERE caller = @caller AND key = @key",
            row => (Fingerprint: row.GetString(0), Article: row.GetGuid(1)), ("caller", caller), ("key", key)) is [var known])
        {
            return known.Fingerprint == fingerprint ? (known.Article, await Newsdesk.OriginalOfAsync(write, known.Article), false) : null;
        }

        var done = await publish();
        var kept = await write.ExecuteAsync("""
            INSERT INTO article_requests (caller, key, fingerprint, article_id, at) VALUES (@caller, @key, @fingerprint, @article, @now) ON CONFLICT (caller, key) DO NOTHING
            """, ("caller", caller), ("key", key), ("fingerprint", fingerprint), ("article", done.ArticleId), ("now", await write.NowAsync()));
        return kept == 1 ? done : throw new WriteConflictException("Two requests under one key came at once.");
    }
}
