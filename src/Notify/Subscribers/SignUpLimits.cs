using System.Buffers.Text;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;
using Notify.Consent;
using Notify.Contacts;
using Notify.Deliveries;
using Notify.Storage;
using Notify.Web;

namespace Notify.Subscribers;

/// <summary>
/// The bounds of the sign-up form, counted in the database so that they hold over all nodes and restarts. Networks and blocks of numbers are
/// kept as keyed hashes only.
/// </summary>
internal sealed class SignUpLimits(IOptionsMonitor<LimitOptions> options, Keys keys)
{
    private const int Hour = 60;
    private const int Day = 24 * Hour;

    private readonly byte[] _key = keys.LastingFor("sign-up limits 1");

    /// <summary>Counts a sign-up with these contacts, unless a limit is reached: by minute, so that a busy hour costs no more to look at than a quiet one.</summary>
    /// <returns>False when it may not be; nothing was counted then.</returns>
    public async Task<bool> AllowAsync(Write write, IPAddress? address, IReadOnlyList<ContactPoint> contacts)
    {
        var limit = options.CurrentValue;
        var counted = contacts.Where(contact => contact.Channel == Channel.Text).Select(contact => (Who: Block(contact), Count: 1, Minutes: Hour, Limit: limit.OptInsPerNumberBlockPerHour)).ToList();
        if (address is not null)
        {
            var network = Network(address);
            counted.Insert(0, (network, contacts.Count, Hour, limit.OptInsPerNetworkPerHour));
            counted.Insert(1, (network, 0, Day, limit.OptInsPerNetworkPerDay));
        }

        if (write.IsPostgres)
        {
            // Those beside each other wait here for one another, in one order, or each would count without the others.
            foreach (var who in counted.Select(c => c.Who).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal))
            {
                await write.ExecuteAsync("SELECT pg_advisory_xact_lock(hashtextextended(@who, 0))", ("who", who));
            }
        }

        var minute = (await write.NowAsync()).ToUnixTimeSeconds() / 60;
        foreach (var (who, _, minutes, most) in counted)
        {
            if (await write.ScalarAsync<long>("SELECT CAST(COALESCE(sum(count), 0) AS bigint) FROM sign_up_counts WHERE who = @who AND minute > @since", ("who", who), ("since", minute - minutes)) >= most)
            {
                return false;
            }
        }

        foreach (var (who, count, _, _) in counted.Where(c => c.Count > 0))
        {
            await write.ExecuteAsync("""
                INSERT INTO sign_up_counts (who, minute, count) VALUES (@who, @minute, @count)
                ON CONFLICT (who, minute) DO UPDATE SET count = sign_up_counts.count + excluded.count
                """, ("who", who), ("minute", minute), ("count", count));
        }

        await write.ExecuteAsync("DELETE FROM sign_up_counts WHERE minute <= @since", ("since", minute - Day));
        return true;
    }

    /// <summary>An IPv4 /24 or an IPv6 /64: what one person can easily have all of.</summary>
    private string Network(IPAddress address)
    {
        var plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        var bytes = plain.GetAddressBytes();
        return Hash("network", Convert.ToHexString(bytes.AsSpan(0, plain.AddressFamily == AddressFamily.InterNetwork ? 3 : 8)));
    }

    /// <summary>The block of a thousand numbers a phone number is in; a fraudster owns blocks.</summary>
    private string Block(ContactPoint contact) => Hash("block", contact.Value[..^3]);

    /// <summary>Whether this contact may be asked to confirm now: not twice a day, not after a STOP of the same day, not while a person has to read what it wrote, not for ever.</summary>
    /// <param name="bySecret">It asks itself, with a link only it was sent: a stop of the same day is what it wants to take back.</param>
    public async Task<bool> MayConfirmAsync(Write write, long contactId, bool bySecret = false)
    {
        var limit = options.CurrentValue;
        var day = await write.NowAsync() - TimeSpan.FromDays(1);
        var (asked, stopped, unanswered) = (await write.QueryAsync("""
            SELECT (SELECT count(*) FROM deliveries WHERE contact_id = @contact AND source_id = @source AND created_at > @day),
              (SELECT count(*) FROM suppressions WHERE contact_id = @contact AND scope = '' AND ((until IS NULL AND at > @day) OR until = @open)),
              (SELECT count(*) FROM deliveries WHERE contact_id = @contact AND source_id = @source
                AND created_at > COALESCE((SELECT max(confirmed_at) FROM opt_ins WHERE contact_id = @contact), 0))
            """, row => (row.GetInt64(0), row.GetInt64(1), row.GetInt64(2)), ("contact", contactId), ("source", Source.Confirmations), ("day", day), ("open", Suppressions.OpenEnd)))[0];
        return asked < limit.ConfirmationsPerAddressPerDay && (bySecret || stopped == 0) && unanswered < limit.UnconfirmedPerAddress;
    }

    private string Hash(string kind, string value) => Base64Url.EncodeToString(HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes($"{kind}:{value}")).AsSpan(0, 12));
}
