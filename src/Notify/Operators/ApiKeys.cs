using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Notify.Storage;
using Notify.Web;

namespace Notify.Operators;

/// <summary>Keys of programs: shown once, kept as hashes, each with scopes.</summary>
internal sealed class ApiKeys(Database database, IOptionsMonitor<OperatorOptions> options)
{
    private const string Prefix = "ntf_";

    /// <summary>Its last use is noted no more often than this, so that a busy key does not write with every request.</summary>
    private static readonly TimeSpan NoteUse = TimeSpan.FromMinutes(1);

    /// <summary>What a key may be given.</summary>
    public static readonly IReadOnlyList<string> Scopes =
        [Policies.ArticlesWrite, Policies.AlertsRead, Policies.AlertsWrite, Policies.SubscribersRead, Policies.SubscribersWrite, Policies.Admin];

    /// <returns>The key itself, which is nowhere else.</returns>
    public Task<string> CreateAsync(string name, IReadOnlyCollection<string> scopes, CancellationToken cancellationToken) =>
        database.WriteAsync(write => CreateAsync(write, name, scopes, "command line"), cancellationToken);

    /// <inheritdoc cref="CreateAsync(string, IReadOnlyCollection{string}, CancellationToken)" />
    /// <param name="who">Who did it, for the audit log.</param>
    public static async Task<string> CreateAsync(Write write, string name, IReadOnlyCollection<string> scopes, string who)
    {
        var key = Prefix + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));
        var now = await write.NowAsync();
        write.Db.ApiKeys.Add(new ApiKey { Id = Guid.CreateVersion7(now), Name = name, Hash = Hash(key), Scopes = string.Join(' ', scopes), CreatedAt = now });
        await write.SaveAsync();
        await AuditLog.AddAsync(write, who, $"made the key '{name}' with {string.Join(", ", scopes)}");
        return key;
    }

    /// <returns>False when there is no such key, or it was revoked before.</returns>
    public static async Task<bool> RevokeAsync(Write write, Guid id, string who)
    {
        var names = await write.QueryAsync("UPDATE api_keys SET revoked_at = @now WHERE id = @id AND revoked_at IS NULL RETURNING name",
            row => row.GetString(0), ("now", await write.NowAsync()), ("id", id));
        if (names is not [var name])
        {
            return false;
        }

        await AuditLog.AddAsync(write, who, $"revoked the key '{name}'");
        return true;
    }

    /// <summary>Whose key it is; null when it is nobody's. The bootstrap key of the settings opens everything, for the first start.</summary>
    public async Task<(string Id, string Name, string[] Scopes)?> FindAsync(string key, CancellationToken cancellationToken)
    {
        var bootstrap = options.CurrentValue.BootstrapKey;
        if (bootstrap.Length > 0 && Secrets.AreEqual(bootstrap, key))
        {
            return ("bootstrap", "bootstrap", [Policies.Admin]);
        }

        var hash = Hash(key);
        await using var db = database.Read();
        var found = await db.ApiKeys.AsNoTracking().FirstOrDefaultAsync(k => k.Hash == hash && k.RevokedAt == null, cancellationToken);
        if (found is null)
        {
            return null;
        }

        var now = await database.NowAsync(cancellationToken);
        if (found.UsedAt is not { } used || now - used > NoteUse)
        {
            await database.WriteAsync(write => write.ExecuteAsync("UPDATE api_keys SET used_at = @now WHERE id = @id", ("now", now), ("id", found.Id)), cancellationToken);
        }

        return (found.Id.ToString(), found.Name, found.Scopes.Split(' '));
    }

    /// <summary>256 random bits need no slow hash.</summary>
    internal static string Hash(string secret) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(secret)));
}
