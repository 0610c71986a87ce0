using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using Notify.Contacts;
using Notify.Storage;

namespace Notify.Consent;

/// <summary>
/// What a contact agreed to. The personal part of its entries goes with the address, unless the contact was ever written to by its own consent: then it
/// stays for as long as somebody could ask us to prove that, four years after the last message (28 U.S.C. 1658(a)), and goes by itself.
/// </summary>
internal sealed class ConsentData : IExport, IForget
{
    /// <summary>How long after the erasure of somebody who had confirmed.</summary>
    internal static readonly TimeSpan Kept = TimeSpan.FromDays(4 * 365 + 1);

    public string Name => "consent";

    public async Task<JsonNode?> ExportAsync(NotifyDb db, Person person, CancellationToken cancellationToken)
    {
        var entries = await db.ConsentEntries.AsNoTracking().Where(e => e.ContactHash == person.Hash).OrderBy(e => e.At).ThenBy(e => e.Id).ToListAsync(cancellationToken);
        return new JsonArray([.. entries.Select(e => (JsonNode)new JsonObject
        {
            ["at"] = e.At,
            ["kind"] = System.Text.Json.JsonNamingPolicy.CamelCase.ConvertName(e.Kind.ToString()),
            ["how"] = e.How,
            ["topic"] = e.Scope.Length > 0 ? e.Scope : null,
            ["words"] = e.Words,
            ["evidence"] = e.Evidence is { } text ? JsonNode.Parse(text) : null,
        })]);
    }

    public async Task ForgetAsync(Write write, Person person)
    {
        if (await write.ScalarAsync<object>("SELECT 1 FROM consent_entries WHERE contact_hash = @hash AND kind IN (3, 4, 10) LIMIT 1", ("hash", person.Hash)) is null)
        {
            await Ledger.EraseAsync(write, person.Hash);
            return;
        }

        await write.ExecuteAsync("INSERT INTO evidence_ends (contact_hash, at) VALUES (@hash, @at) ON CONFLICT (contact_hash) DO UPDATE SET at = excluded.at",
            ("hash", person.Hash), ("at", await write.NowAsync() + Kept));
    }

    /// <summary>Takes the evidence whose time is over, some at a time; not that of whoever came back since.</summary>
    public static async Task<int> EraseEndedAsync(Write write)
    {
        var ended = await write.QueryAsync("SELECT contact_hash, at FROM evidence_ends WHERE at <= @now ORDER BY at LIMIT 100", row => (Hash: row.GetString(0), At: row.Instant(1)), ("now", await write.NowAsync()));
        foreach (var (hash, at) in ended)
        {
            await write.ExecuteAsync("UPDATE consent_entries SET salt = NULL, evidence = NULL WHERE contact_hash = @hash AND at <= @until AND evidence IS NOT NULL", ("hash", hash), ("until", at - Kept));
            await write.ExecuteAsync("DELETE FROM evidence_ends WHERE contact_hash = @hash", ("hash", hash));
        }

        return ended.Count;
    }
}
