using System.Buffers.Text;
using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Notify.Contacts;
using Notify.Deliveries;
using Notify.Storage;
using Notify.Web;

namespace Notify.Operators;

/// <summary>
/// One-time links: made for an operator, used exactly once. A link's secret is derived from its id and the root key, so that a mail can be
/// composed when it leaves though only the secret's hash is stored: neither the database nor the queue ever holds it.
/// </summary>
internal sealed class SignIns(Database database, Keys keys, ContactBook contacts, PostOffice office, Senders senders, IOptionsMonitor<OperatorOptions> options)
{
    /// <summary>Where an operator asks for a link; a link is this and its secret.</summary>
    public const string Path = "/ops/sign-in";

    /// <summary>Mails with a link that one operator gets within the life of a link.</summary>
    private const int MaxOpenLinks = 3;

    private readonly byte[] _key = keys.For("sign-in links 1");

    /// <summary>Makes the operator if there is none with this address, gives it the role, and makes a link.</summary>
    /// <param name="who">Who did it, for the audit log.</param>
    /// <returns>The link's path, to be put behind the public address. It is nowhere else.</returns>
    public Task<string> CreateLinkAsync(string email, Role role, string who, CancellationToken cancellationToken) =>
        database.WriteAsync(async write =>
        {
            var (address, now) = (Normalise(email), await write.NowAsync());
            var operatorId = (await write.QueryAsync("""
                INSERT INTO operators (id, email, role, created_at, stamp) VALUES (@id, @email, @role, @now, @stamp)
                ON CONFLICT (email) DO UPDATE SET role = excluded.role RETURNING id
                """, row => row.GetGuid(0),
                ("id", Guid.CreateVersion7(now)), ("email", address), ("role", role), ("now", now), ("stamp", NewStamp())))[0];
            await AuditLog.AddAsync(write, who, $"made a sign-in link for {address}, {RoleName(role)}");
            return $"{Path}/{SecretOf(await AddLinkAsync(write, operatorId, now))}";
        }, cancellationToken);

    /// <summary>Mails a link to an operator. Whether the address is one, nobody is told.</summary>
    public Task MailLinkAsync(string email, CancellationToken cancellationToken) =>
        database.WriteAsync(async write =>
        {
            var (address, now) = (Normalise(email), await write.NowAsync());
            // Locks the operator, so that requests of the same moment are counted one after the other.
            var found = await write.QueryAsync("SELECT id FROM operators WHERE email = @email" + (write.IsPostgres ? " FOR UPDATE" : ""), row => row.GetGuid(0), ("email", address));
            if (found is not [var operatorId] || !senders.Has(Channel.Mail) || !EmailAddress.TryParse(address, out var mail, out _))
            {
                return;
            }

            var open = await write.ScalarAsync<long>("SELECT count(*) FROM sign_in_links WHERE operator_id = @id AND expires_at > @now", ("id", operatorId), ("now", now));
            if (open >= MaxOpenLinks)
            {
                return;
            }

            var link = await AddLinkAsync(write, operatorId, now);
            var contactId = await contacts.FindOrAddAsync(write, ContactPoint.Of(mail));
            await office.QueueAsync(write, Source.Notices, link, contactId, Channel.Mail, options.CurrentValue.LinkLife);
            await AuditLog.AddAsync(write, address, "asked for a sign-in link by mail");
        }, cancellationToken);

    /// <summary>Whether the link can still be used.</summary>
    public async Task<bool> IsOpenAsync(string secret, CancellationToken cancellationToken)
    {
        var (hash, now) = (ApiKeys.Hash(secret), await database.NowAsync(cancellationToken));
        await using var db = database.Read();
        return await db.SignInLinks.AnyAsync(l => l.Hash == hash && l.UsedAt == null && l.ExpiresAt > now, cancellationToken);
    }

    /// <summary>Strikes the link off. Of any number of attempts at once, on any node, one gets the operator.</summary>
    public Task<Operator?> UseAsync(string secret, CancellationToken cancellationToken) =>
        database.WriteAsync<Operator?>(async write =>
        {
            var now = await write.NowAsync();
            var struck = await write.QueryAsync("""
                UPDATE sign_in_links SET used_at = @now WHERE hash = @hash AND used_at IS NULL AND expires_at > @now RETURNING operator_id
                """, row => row.GetGuid(0), ("now", now), ("hash", ApiKeys.Hash(secret)));
            if (struck is not [var operatorId])
            {
                return null;
            }

            var person = await write.Db.Operators.FirstAsync(o => o.Id == operatorId);
            person.SignedInAt = now;
            await write.SaveAsync();
            await AuditLog.AddAsync(write, person.Email, "signed in");
            return person;
        }, cancellationToken);

    /// <summary>The secret of a link; null when it cannot be used any more.</summary>
    public async Task<string?> OpenSecretAsync(Guid linkId, CancellationToken cancellationToken) =>
        SecretOf(linkId) is var secret && await IsOpenAsync(secret, cancellationToken) ? secret : null;

    /// <summary>Takes an operator off the list; whoever has the cookie is let out at the next look.</summary>
    public Task RemoveAsync(Guid operatorId, string who, CancellationToken cancellationToken) =>
        database.WriteAsync(async write =>
        {
            await write.ExecuteAsync("DELETE FROM sign_in_links WHERE operator_id = @id", ("id", operatorId));
            if (await write.QueryAsync("DELETE FROM operators WHERE id = @id RETURNING email", row => row.GetString(0), ("id", operatorId)) is [var email])
            {
                await AuditLog.AddAsync(write, who, $"removed the operator {email}");
            }
        }, cancellationToken);

    internal static string NewStamp() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));

    internal static string RoleName(Role role) => role.ToString().ToLowerInvariant();

    private static string Normalise(string email) => email.Trim().ToLowerInvariant();

    private async Task<Guid> AddLinkAsync(Write write, Guid operatorId, DateTimeOffset now)
    {
        var id = Guid.CreateVersion7(now);
        await write.ExecuteAsync("DELETE FROM sign_in_links WHERE expires_at < @old", ("old", now - TimeSpan.FromDays(1)));
        await write.ExecuteAsync("INSERT INTO sign_in_links (hash, operator_id, expires_at) VALUES (@hash, @operator, @expires)",
            ("hash", ApiKeys.Hash(SecretOf(id))), ("operator", operatorId), ("expires", now + options.CurrentValue.LinkLife));
        return id;
    }

    /// <summary>256 bits.</summary>
    private string SecretOf(Guid linkId) => Base64Url.EncodeToString(HMACSHA256.HashData(_key, linkId.ToByteArray(bigEndian: true)));
}
