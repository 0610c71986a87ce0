using System.Buffers.Text;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;
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
    private readonly byte[] _key = keys.For("sign-up limits 1");

    /// <summary>An IPv4 /24 or an IPv6 /64: what one person can easily have all of.</summary>
    public string? Network(IPAddress? address)
    {
        if (address is null)
        {
            return null;
        }

        var plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        var bytes = plain.GetAddressBytes();
        return Hash("network", Convert.ToHexString(bytes.AsSpan(0, plain.AddressFamily == AddressFamily.InterNetwork ? 3 : 8)));
    }

    /// <summary>The block of a thousand numbers a phone number is in; a fraudster owns blocks. Null for mail.</summary>
    public string? Block(ContactPoint contact) => contact.Channel == Channel.Text ? Hash("block", contact.Value[..^3]) : null;

    public async Task<bool> AllowAsync(Write write, string? network, string? block)
    {
        var limit = options.CurrentValue;
        var since = await write.NowAsync() - TimeSpan.FromHours(1);
        return (network is null || await CountAsync(write, "network", network, since) < limit.OptInsPerNetworkPerHour)
            && (block is null || await CountAsync(write, "block", block, since) < limit.OptInsPerNumberBlockPerHour);
    }

    /// <summary>Whether this contact may be asked to confirm now: not twice a day, not after a STOP of the same day, not for ever.</summary>
    public async Task<bool> MayConfirmAsync(Write write, long contactId)
    {
        var limit = options.CurrentValue;
        var day = await write.NowAsync() - TimeSpan.FromDays(1);
        var asked = await write.ScalarAsync<long>("SELECT count(*) FROM deliveries WHERE contact_id = @contact AND source_id = @source AND created_at > @day",
            ("contact", contactId), ("source", Source.Confirmations), ("day", day));
        var stopped = await write.ScalarAsync<long>("SELECT count(*) FROM suppressions WHERE contact_id = @contact AND at > @day", ("contact", contactId), ("day", day));
        var unanswered = await write.ScalarAsync<long>("""
            SELECT count(*) FROM deliveries WHERE contact_id = @contact AND source_id = @source
              AND created_at > COALESCE((SELECT max(confirmed_at) FROM opt_ins WHERE contact_id = @contact), 0)
            """, ("contact", contactId), ("source", Source.Confirmations));
        return asked < limit.ConfirmationsPerAddressPerDay && stopped == 0 && unanswered < limit.UnconfirmedPerAddress;
    }

    private static Task<long> CountAsync(Write write, string column, string value, DateTimeOffset since) =>
        write.ScalarAsync<long>($"SELECT count(*) FROM opt_ins WHERE {column} = @value AND at > @since", ("value", value), ("since", since));

    private string Hash(string kind, string value) => Base64Url.EncodeToString(HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes($"{kind}:{value}")).AsSpan(0, 12));
}
