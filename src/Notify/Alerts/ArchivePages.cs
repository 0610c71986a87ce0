using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Threading.RateLimiting;
using Microsoft.Extensions.Options;
using Notify.Articles;
using Notify.Publication;
using Notify.Storage;

namespace Notify.Alerts;

/// <summary>An article that was sent, as everybody may see it.</summary>
/// <param name="PublishedAt">By its own word, unless that lies in the future; else when it came in.</param>
/// <param name="FirstAt">When it was handed over to the first of its readers; null while it goes out, and where it is in digests only.</param>
/// <param name="DigestedAt">When it was first in a digest.</param>
public sealed record ArchiveEntry(
    Guid Id, string Title, string? Summary, string Url, IReadOnlyList<string> Topics, DateTimeOffset PublishedAt, DateTimeOffset CreatedAt,
    DateTimeOffset? FirstAt, DateTimeOffset? HalfAt, DateTimeOffset? LastAt, DateTimeOffset? DigestedAt, bool HasEnded);

/// <param name="Topic">The key of the one topic that is shown; null: all.</param>
/// <param name="Older">Behind which address the next are; null: there are no more.</param>
public sealed record ArchiveModel(IReadOnlyList<ArchiveEntry> Entries, string? Topic, string? Older);

/// <summary>The articles of a digest on a page, for who was told of it by text.</summary>
public sealed record DigestModel(IReadOnlyList<Article> Articles, DateTimeOffset At);

/// <summary>
/// What was sent, for everybody: a page, a feed, and the list of each digest. Only what left, nothing of any reader; read from marks kept with the alerts,
/// never counted, and remembered for some seconds, so that a crowd costs no more than one.
/// </summary>
internal sealed class ArchivePages(Database database, IOptionsMonitor<PublicationOptions> site, TimeProvider clock) : IDisposable
{
    public const int OnAPage = 20;
    public const int InTheFeed = 50;

    /// <summary>A person reads, a program asks; from one network no more than this a minute.</summary>
    private const int MostPerMinute = 120;

    private const int MostKept = 64;

    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(10);

    internal const string Sent = """
        SELECT a.id, r.title, r.summary, r.url, r.topics, r.published_at, a.created_at, a.first_handed_at, a.half_handed_at, a.last_handed_at, a.digested_at, a.finished_at
        FROM alerts a JOIN sources s ON s.id = a.id JOIN articles r ON r.id = a.article_id
        WHERE (a.created_at < @before OR (a.created_at = @before AND a.id < @id)) AND a.corrects IS NULL AND (NOT s.cancelled OR s.why = 'corrected') AND r.unpublished_at IS NULL
          AND (s.accepted + s.delivered + s.undelivered > 0 OR a.digested_at IS NOT NULL) AND ' ' || r.topics || ' ' LIKE @topic
        ORDER BY a.created_at DESC, a.id DESC LIMIT @count
        """;

    private readonly ConcurrentDictionary<string, (DateTimeOffset At, IReadOnlyList<ArchiveEntry> Entries)> _kept = new(StringComparer.Ordinal);

    private readonly PartitionedRateLimiter<string> _limiter = PartitionedRateLimiter.Create<string, string>(network =>
        RateLimitPartition.GetFixedWindowLimiter(network, _ => new FixedWindowRateLimiterOptions { PermitLimit = MostPerMinute, Window = TimeSpan.FromMinutes(1) }));

    public bool MayAsk(IPAddress? address)
    {
        using var lease = _limiter.AttemptAcquire(NetworkOf(address));
        return lease.IsAcquired;
    }

    /// <param name="topic">A key of the publication's; null: all.</param>
    /// <param name="before">The last entry of the page before, as its link names it; null: the newest.</param>
    public async Task<ArchiveModel> ReadAsync(string? topic, string? before, CancellationToken cancellationToken)
    {
        var entries = await FindAsync(topic, before, OnAPage + 1, cancellationToken);
        return new ArchiveModel([.. entries.Take(OnAPage)], topic, entries.Count > OnAPage ? NameOf(entries[OnAPage - 1]) : null);
    }

    public async Task<IReadOnlyList<ArchiveEntry>> FindAsync(string? topic, string? before, int count, CancellationToken cancellationToken)
    {
        var key = string.Create(CultureInfo.InvariantCulture, $"{topic} {before} {count}");
        var now = clock.GetUtcNow();
        if (_kept.TryGetValue(key, out var kept) && now - kept.At < Fresh && now >= kept.At)
        {
            return kept.Entries;
        }

        var entries = await FindAsync(topic, Read(before), count, cancellationToken);
        if (_kept.Count >= MostKept)
        {
            _kept.Clear();
        }

        _kept[key] = (now, entries);
        return entries;
    }

    /// <summary>Null when there is no such digest any more, or nothing of it.</summary>
    public async Task<DigestModel?> DigestAsync(string name, CancellationToken cancellationToken)
    {
        Span<byte> id = stackalloc byte[16];
        if (name.Length != 22 || !Base64Url.TryDecodeFromChars(name, id, out var length) || length != 16)
        {
            return null;
        }

        var digestId = new Guid(id, bigEndian: true);
        await using var db = database.Read();
        var (articles, _) = await DigestMessages.ArticlesAsync(db, digestId, cancellationToken);
        return articles.Count > 0 && await db.Digests.FindAsync([digestId], cancellationToken) is { } digest ? new DigestModel(articles, digest.CreatedAt) : null;
    }

    public void Dispose() => _limiter.Dispose();

    internal static string NameOf(ArchiveEntry entry) => string.Create(CultureInfo.InvariantCulture, $"{entry.CreatedAt.ToUnixTimeMilliseconds()}-{entry.Id:N}");

    private static (long At, Guid Id) Read(string? before) =>
        before?.Split('-') is [var at, var id] && long.TryParse(at, NumberStyles.None, CultureInfo.InvariantCulture, out var ms) && Guid.TryParseExact(id, "N", out var guid) ? (ms, guid) : (long.MaxValue, Guid.Empty);

    private async Task<IReadOnlyList<ArchiveEntry>> FindAsync(string? topic, (long At, Guid Id) before, int count, CancellationToken cancellationToken)
    {
        await using var connection = await database.ConnectAsync(cancellationToken);
        await using var command = connection.CreateCommand();
        command.CommandText = Sent;
        Sql.Bind(command, "before", before.At);
        Sql.Bind(command, "id", before.Id);
        Sql.Bind(command, "topic", topic is null ? "%" : $"% {topic} %");
        Sql.Bind(command, "count", count);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var found = new List<ArchiveEntry>();
        while (await reader.ReadAsync(cancellationToken))
        {
            var came = reader.Instant(6);
            var published = reader.IsDBNull(5) ? came : reader.Instant(5);
            found.Add(new ArchiveEntry(
                reader.GetGuid(0), reader.GetString(1), reader.Text(2), reader.GetString(3),
                [.. reader.GetString(4).Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(key => site.CurrentValue.Topics.FirstOrDefault(t => t.Key == key)?.Name ?? key)],
                published < came ? published : came, came, At(7), At(8), At(9), At(10), At(11) is not null));
        }

        return found;

        DateTimeOffset? At(int column) => reader.IsDBNull(column) ? null : reader.Instant(column);
    }

    /// <summary>What one person can easily have all of: an IPv4 address, an IPv6 /64.</summary>
    private static string NetworkOf(IPAddress? address)
    {
        var plain = address is { IsIPv4MappedToIPv6: true } ? address.MapToIPv4() : address;
        return plain is null ? "" : Convert.ToHexString(plain.GetAddressBytes() is { Length: 16 } long_ ? long_[..8] : plain.GetAddressBytes());
    }
}

/// <summary>How long it took, as people say it.</summary>
internal static class Took
{
    public static string Say(ArchiveEntry entry) => (entry.FirstAt, entry.HalfAt, entry.LastAt, entry.DigestedAt) switch
    {
        ({ } first, { } half, { } last, _) => $"Handed over to the first reader {Since(entry, first)}, to half of them {Since(entry, half)}, to the last {Since(entry, last)} after it was published.",
        (_, _, _, { } digest) => $"In readers' digests, the first of them {Since(entry, digest)} after it was published.",
        // From before such times were kept.
        _ => entry.HasEnded ? "Handed over to its readers." : "On its way to its readers.",
    };

    internal static string Since(ArchiveEntry entry, DateTimeOffset at) => (at - entry.PublishedAt) switch
    {
        { TotalSeconds: < 1 } => "less than a second",
        { TotalSeconds: < 120 } span => Count(span.TotalSeconds, "second"),
        { TotalMinutes: < 120 } span => Count(span.TotalMinutes, "minute"),
        { TotalHours: < 48 } span => Count(span.TotalHours, "hour"),
        var span => Count(span.TotalDays, "day"),
    };

    private static string Count(double number, string what) => Math.Round(number) is var n && n == 1 ? $"1 {what}" : string.Create(CultureInfo.InvariantCulture, $"{n} {what}s");
}
