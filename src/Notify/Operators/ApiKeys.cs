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

    /// <summary>What a key may be given.</summary>
    public static readonly IReadOnlyList<string> Scopes =
        [Policies.ArticlesWrite, Policies.AlertsRead, Policies.AlertsWrite, Policies.SubscribersRead, Policies.SubscribersWrite, Policies.Admin];

    /// <returns>The key itself, which is nowhere else.</returns>
    public Task<string> CreateAsync(string name, IReadOnlyCollection<string> scopes, CancellationToken cancellationToken)
    {
        var key = Prefix + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));
        return database.WriteAsync(async write =>
        {
            var now = await write.NowAsync();
            write.Db.ApiKeys.Add(new ApiKey { Id = Guid.CreateVersion7(now), Name = name, Hash = Hash(key), Scopes = string.Join(' ', scopes), CreatedAt = now });
            await write.SaveAsync();
            return key;
        }, cancellationToken);
    }

    /// <summary>Whose key it is; null when it is nobody's. The bootstrap key of the settings opens everything, for the first start.</summary>
    public async Task<(string Name, string[] Scopes)?> FindAsync(string key, CancellationToken cancellationToken)
    {
        var bootstrap = options.CurrentValue.BootstrapKey;
        if (bootstrap.Length > 0 && CryptographicOperations.FixedTimeEquals(SHA256.HashData(Encoding.UTF8.GetBytes(bootstrap)), SHA256.HashData(Encoding.UTF8.GetBytes(key))))
        {
            return ("bootstrap", [Policies.Admin]);
        }

        var hash = Hash(key);
        await using var db = database.Read();
        var found = await db.ApiKeys.AsNoTracking().FirstOrDefaultAsync(k => k.Hash == hash && k.RevokedAt == null, cancellationToken);
        return found is null ? null : (found.Name, found.Scopes.Split(' '));
    }

    /// <summary>256 random bits need no slow hash.</summary>
    internal static string Hash(string secret) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(secret)));
}
