using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Notify.Contacts;
using Notify.Storage;
using Notify.Web;

namespace Notify.Consent;

/// <summary>
/// The append-only record of who agreed to what, in whose words. Entries are sealed into a keyed chain over everything but the personal
/// part, of which it covers a salted digest: an erasure takes evidence and salt, and the chain still verifies.
/// </summary>
public sealed class Ledger(Keys keys, Database database)
{
    /// <summary>One transaction; whoever wants to write on SQLite waits for it.</summary>
    private const int SealAtOnce = 1_000;

    private const long SealLock = 7_305_431_926_114_002;
    private const string Head = "ledger head";

    private readonly byte[] _key = keys.LastingFor("ledger chain 1");
    private int _count;

    /// <summary>Adds an entry, in the transaction of the change it explains.</summary>
    public async Task<Guid> AppendAsync(Write write, ConsentKind kind, string contactHash, Channel channel, string how, ConsentEvidence evidence, string scope = "", string? words = null)
    {
        var now = await write.NowAsync();
        var salt = Convert.ToBase64String(RandomNumberGenerator.GetBytes(16));
        var text = JsonSerializer.Serialize(evidence, ConsentJson.Default.ConsentEvidence);
        var id = NextId(now);
        await write.ExecuteAsync("""
            INSERT INTO consent_entries (id, kind, at, contact_hash, channel, scope, how, words, salt, evidence, evidence_digest)
            VALUES (@id, @kind, @at, @hash, @channel, @scope, @how, @words, @salt, @evidence, @digest)
            """,
            ("id", id), ("kind", kind), ("at", now), ("hash", contactHash), ("channel", channel), ("scope", scope), ("how", how),
            ("words", words), ("salt", salt), ("evidence", text), ("digest", Digest(salt, text)));
        return id;
    }

    /// <summary>Takes the personal part of everything known of a contact; the entries and the chain stay.</summary>
    public static Task<int> EraseAsync(Write write, string contactHash) =>
        write.ExecuteAsync("UPDATE consent_entries SET salt = NULL, evidence = NULL WHERE contact_hash = @hash AND evidence IS NOT NULL", ("hash", contactHash));

    /// <summary>Chains up what is not sealed yet, oldest first.</summary>
    /// <returns>How many entries were sealed.</returns>
    public async Task<int> SealAsync(CancellationToken cancellationToken)
    {
        var total = 0;
        while (true)
        {
            var sealedNow = await database.WriteAsync(SealSomeAsync, cancellationToken);
            total += sealedNow;
            if (sealedNow < SealAtOnce)
            {
                return total;
            }
        }
    }

    private async Task<int> SealSomeAsync(Write write)
    {
        if (write.IsPostgres)
        {
            await write.ExecuteAsync($"SELECT pg_advisory_xact_lock({SealLock.ToString(CultureInfo.InvariantCulture)})");
        }

        var unsealed = await write.Db.ConsentEntries.Where(e => e.Position == null).OrderBy(e => e.At).ThenBy(e => e.Id).Take(SealAtOnce).ToListAsync();
        if (unsealed.Count == 0)
        {
            return 0;
        }

        var last = await write.Db.ConsentEntries.Where(e => e.Position != null).OrderByDescending(e => e.Position).FirstOrDefaultAsync();
        var (position, chain) = (last?.Position ?? 0, last?.Chain ?? "");
        foreach (var entry in unsealed)
        {
            entry.Position = ++position;
            entry.Chain = chain = Link(chain, entry);
        }

        await write.SaveAsync();
        await write.ExecuteAsync("""
            INSERT INTO installation (name, value) VALUES (@name, @value) ON CONFLICT (name) DO UPDATE SET value = excluded.value
            """, ("name", Head), ("value", $"{position.ToString(CultureInfo.InvariantCulture)} {chain}"));
        return unsealed.Count;
    }

    /// <summary>
    /// Walks the whole chain, an entry at a time: what it takes grows with the ledger (some ten microseconds an entry), what it holds in memory does not. Nothing is taken from an
    /// earlier walk, for whatever was changed since would be missed.
    /// </summary>
    public async Task<ChainFound> VerifyAsync(CancellationToken cancellationToken)
    {
        var head = await HeadAsync(cancellationToken);
        await using var db = database.Read();
        var (position, chain, atHead) = (0L, "", "0 ");
        await foreach (var entry in db.ConsentEntries.AsNoTracking().Where(e => e.Position != null).OrderBy(e => e.Position).AsAsyncEnumerable().WithCancellation(cancellationToken))
        {
            if (FaultOf(entry, position + 1, chain) is { } fault)
            {
                return new ChainFound(position, chain, fault);
            }

            (position, chain) = (position + 1, entry.Chain!);
            if (head?.StartsWith(Number(position) + " ", StringComparison.Ordinal) == true)
            {
                atHead = $"{Number(position)} {chain}";
            }
        }

        // Read before the walk: what another node seals meanwhile lies beyond it.
        return new ChainFound(position, chain, head == atHead || (head is null && position == 0)
            ? null
            : $"the chain was sealed up to {head?.Split(' ')[0] ?? "an unknown place"} and ends at {position}: entries at its end are missing");
    }

    private string? FaultOf(ConsentEntry entry, long position, string previous) => entry switch
    {
        _ when entry.Position != position => $"entry {position} is missing",
        _ when Link(previous, entry) != entry.Chain => $"entry {position} ({entry.Id}) or one before it was changed",
        { Salt: null, Evidence: null } => null,
        { Salt: { } salt, Evidence: { } evidence } when Digest(salt, evidence) == entry.EvidenceDigest => null,
        _ => $"the evidence of entry {position} ({entry.Id}) was changed",
    };

    /// <summary>Up to where the ledger was sealed: the position of the last entry and its hash, with a blank between; null before the first.</summary>
    private async Task<string?> HeadAsync(CancellationToken cancellationToken)
    {
        await using var connection = await database.ConnectAsync(cancellationToken);
        await using var command = connection.CreateCommand();
        command.CommandText = "SELECT value FROM installation WHERE name = @name";
        Sql.Bind(command, "name", Head);
        return (string?)await command.ExecuteScalarAsync(cancellationToken);
    }

    /// <summary>
    /// UUIDv7 with a counter in the twelve bits after the time (RFC 9562, 6.2, method 1): entries of one transaction have the same instant
    /// and must still be read in the order they were written.
    /// </summary>
    private Guid NextId(DateTimeOffset now)
    {
        Span<byte> bytes = stackalloc byte[16];
        Guid.CreateVersion7(now).TryWriteBytes(bytes, bigEndian: true, out _);
        var count = (uint)Interlocked.Increment(ref _count) & 0xFFF;
        bytes[6] = (byte)(0x70 | (count >> 8));
        bytes[7] = (byte)count;
        return new Guid(bytes, bigEndian: true);
    }

    private string Link(string previous, ConsentEntry entry)
    {
        // One fact a line, in a fixed order; lengths keep one fact from running into the next.
        var text = new StringBuilder();
        foreach (var fact in (ReadOnlySpan<string>)[
            previous, entry.Id.ToString("N"), Number((int)entry.Kind), Number(entry.At.ToUnixTimeMilliseconds()), entry.ContactHash,
            Number((int)entry.Channel), entry.Scope, entry.How, entry.Words ?? "-", entry.EvidenceDigest, Number(entry.Position!.Value)])
        {
            text.Append(CultureInfo.InvariantCulture, $"{fact.Length}:{fact}\n");
        }

        return Convert.ToHexStringLower(HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes(text.ToString())));
    }

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Digest(string salt, string evidence) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(salt + "\n" + evidence)));
}

/// <summary>What a walk along the chain found.</summary>
/// <param name="Entries">How many entries hold, from the first on.</param>
/// <param name="Head">The hash of the last of them; empty when there is none.</param>
/// <param name="Fault">The first thing that does not fit; null when all of it holds.</param>
public sealed record ChainFound(long Entries, string Head, string? Fault);
