using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;
using Notify.Contacts;
using Notify.Jobs;
using Notify.Storage;
using Notify.Web;

namespace Notify.Subscribers;

/// <summary>
/// Closes the form for numbers of which too few confirm: real people do, whoever pumps texts to their own numbers does not. Counted by block of a
/// thousand numbers, by country and for all, in buckets of ten minutes over a day, as keyed hashes. What is closed opens by itself: one number an hour
/// may try, and a day later nothing of it counts. The request is kept and answered as ever; only the text does not leave.
/// </summary>
internal sealed class SignUpBreaker(IOptionsMonitor<LimitOptions> options, Keys keys, IAlarm alarm)
{
    private const int BucketSeconds = 600;
    private const int BucketsPerDay = 144;
    private const int BucketsPerHour = 6;

    /// <summary>People need a while to answer: the last buckets' questions are not held against anybody.</summary>
    private const int Grace = 2;

    private const string Add = """
        INSERT INTO sign_up_trials (who, bucket, asked, confirmed) VALUES (@who, @bucket, @asked, @confirmed)
        ON CONFLICT (who, bucket) DO UPDATE SET asked = sign_up_trials.asked + excluded.asked, confirmed = sign_up_trials.confirmed + excluded.confirmed
        """;

    private const string Sum = """
        SELECT CAST(COALESCE(SUM(CASE WHEN bucket <= @ripe THEN asked END), 0) AS bigint), CAST(COALESCE(SUM(confirmed), 0) AS bigint),
          CAST(COALESCE(SUM(CASE WHEN bucket > @hour THEN asked END), 0) AS bigint), CAST(COALESCE(SUM(asked), 0) AS bigint)
        FROM sign_up_trials WHERE who = @who AND bucket > @day
        """;

    private readonly byte[] _key = keys.LastingFor("sign-up trials 1");

    /// <summary>Asks for leave to send one confirmation text, and counts it. Mail needs none.</summary>
    public async Task<bool> AllowAsync(Write write, ContactPoint contact)
    {
        if (contact.Channel != Channel.Text)
        {
            return true;
        }

        var limit = options.CurrentValue;
        var now = Bucket(await write.NowAsync());
        // Counted before it is looked at, so that sign-ups beside each other wait here for one another.
        await CountAsync(write, All, now, 1, 0);
        var all = await SumAsync(write, All, now);
        var (block, country) = (Hash("block", contact.Value[..^3]), Hash("country", contact.Region ?? ""));
        var ofBlock = await SumAsync(write, block, now);
        var reason = all.Asked - all.Confirmed > limit.UnconfirmedTextsPerDay ? ("unconfirmed texts of the day",
                $"{limit.UnconfirmedTextsPerDay} texts that ask to confirm went out within a day and were not answered: no more leave until some are, or the day is over. If these are real readers, raise Limits:UnconfirmedTextsPerDay.")
            : ofBlock.IsClosed(limit.BreakerLeast, limit.BreakerPercent) ? ("sign-ups with one block of numbers",
                "Nearly nobody of one block of a thousand numbers confirms: no more texts are sent there, but for one an hour to see. It opens by itself.")
            : (await SumAsync(write, country, now)).IsClosed(limit.BreakerCountryLeast, limit.BreakerPercent) ? ($"sign-ups from {contact.Region}",
                $"Nearly nobody with numbers of {contact.Region} confirms: no more texts are sent there, but for one an hour to see. It opens by itself. If nobody there reads you, take the country out of Publication:Countries.")
            : ((string Name, string Text)?)null;
        if (reason is { } closed)
        {
            await CountAsync(write, All, now, -1, 0);
            write.AfterCommit(() => _ = TellAsync(closed.Name, closed.Text));
            return false;
        }

        await CountAsync(write, block, now, 1, 0);
        if (ofBlock.Asked < limit.BreakerLeast / 2)
        {
            // One block alone does not close a country.
            await CountAsync(write, country, now, 1, 0);
        }

        await write.ExecuteAsync("DELETE FROM sign_up_trials WHERE bucket <= @day", ("day", now - BucketsPerDay));
        return true;
    }

    /// <summary>Somebody who was asked has said yes.</summary>
    /// <param name="askedAt">When they had asked.</param>
    public async Task ConfirmedAsync(Write write, ContactPoint contact, DateTimeOffset askedAt)
    {
        var now = Bucket(await write.NowAsync());
        var bucket = Bucket(askedAt);
        if (contact.Channel != Channel.Text || bucket <= now - BucketsPerDay)
        {
            return;
        }

        foreach (var who in (string[])[All, Hash("block", contact.Value[..^3]), Hash("country", contact.Region ?? "")])
        {
            await CountAsync(write, who, bucket, 0, 1);
        }
    }

    private const string All = "all";

    private static long Bucket(DateTimeOffset at) => at.ToUnixTimeSeconds() / BucketSeconds;

    private static Task<int> CountAsync(Write write, string who, long bucket, int asked, int confirmed) =>
        write.ExecuteAsync(Add, ("who", who), ("bucket", bucket), ("asked", asked), ("confirmed", confirmed));

    private static async Task<Trials> SumAsync(Write write, string who, long now) =>
        (await write.QueryAsync(Sum, row => new Trials(row.GetInt64(0), row.GetInt64(1), row.GetInt64(2), row.GetInt64(3)),
            ("who", who), ("ripe", now - Grace), ("hour", now - BucketsPerHour), ("day", now - BucketsPerDay)))[0];

    private async Task TellAsync(string name, string text)
    {
        try
        {
            await alarm.RaiseAsync(name, text, CancellationToken.None);
        }
        catch (DatabaseBusyException)
        {
            // The next one says it again.
        }
    }

    private string Hash(string kind, string value) => Base64Url.EncodeToString(HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{kind}:{value}"))).AsSpan(0, 12));

    /// <param name="Ripe">Asked long enough ago to have answered.</param>
    /// <param name="ThisHour">Asked within the last hour.</param>
    private sealed record Trials(long Ripe, long Confirmed, long ThisHour, long Asked)
    {
        public bool IsClosed(int least, int percent) => Ripe >= least && Confirmed * 100 < Ripe * percent && ThisHour > 0;
    }
}
