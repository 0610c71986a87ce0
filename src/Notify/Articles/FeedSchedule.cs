using System.Globalization;

namespace Notify.Articles;

/// <summary>When a feed is looked at next. The server's word comes first, then how often the feed publishes; some seconds of chance keep feeds from coming all at once.</summary>
internal static class FeedSchedule
{
    /// <summary>No server is asked more often than this, except the local carrier.</summary>
    public static readonly TimeSpan Fastest = TimeSpan.FromMinutes(1);

    /// <summary>The safety net under a push: how seldom a feed is looked at while its hub tells what is new.</summary>
    public static readonly TimeSpan BesidePush = TimeSpan.FromHours(1);

    /// <summary>Nobody's word is heeded for longer: a header that says a year is a mistake, and the feed would be forgotten.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromDays(1);

    private static readonly TimeSpan LongestBackoff = TimeSpan.FromHours(1);

    /// <summary>A look for each tenth of the usual time between two articles: what is new waits a twentieth of it on average.</summary>
    private const int LooksForEach = 10;

    private const double Jitter = 0.1;

    private const int MostDates = 20;

    /// <param name="feed">What the settings say.</param>
    /// <param name="isOurs">The local carrier's: neither it nor anybody else's machine has to be spared.</param>
    /// <param name="heard">What was heard of the feed's own wishes and habits.</param>
    public static TimeSpan AfterGood(FeedOptions feed, bool isOurs, FeedHeard heard, Random random)
    {
        if (isOurs) return Late(feed.Every, random);

        var least = feed.Every > Fastest ? feed.Every : Fastest;
        var wait = heard.Pace / LooksForEach is { } share ? Between(share, least, feed.Slowest > least ? feed.Slowest : least) : least;
        if (heard.IsPushed && wait < BesidePush) wait = BesidePush;
        var asked = Longer(heard.Asks, heard.FreshFor);
        if (asked > Longest) asked = Longest;
        return Late(asked > wait ? asked.Value : wait, random);
    }

    /// <param name="failures">In a row, this one included.</param>
    /// <param name="asked">What the server said (Retry-After).</param>
    public static TimeSpan AfterFailure(FeedOptions feed, int failures, TimeSpan? asked, Random random)
    {
        var own = feed.Every * Math.Pow(2, Math.Min(failures, 8));
        var wait = own < LongestBackoff ? own : Longer(feed.Every, LongestBackoff)!.Value;
        if (asked > Longest) asked = Longest;
        return Late(asked > wait ? asked.Value : wait, random);
    }

    /// <summary>How long an answer is fresh (RFC 9111 sections 4.2.1 and 5.3): nothing new can come before.</summary>
    public static TimeSpan? FreshFor(IReadOnlyDictionary<string, string> headers)
    {
        var said = headers.GetValueOrDefault("Cache-Control", "").Split(',', StringSplitOptions.TrimEntries)
            .Select(directive => directive.Split('=', 2)).ToLookup(parts => parts[0].Trim().ToLowerInvariant(), parts => parts.Length > 1 ? parts[1].Trim('"', ' ') : "");
        if (said.Contains("no-cache") || said.Contains("no-store")) return null;

        if (Seconds(said["max-age"].FirstOrDefault()) is { } age) return Left(age, Seconds(headers.GetValueOrDefault("Age")));

        return Date(headers.GetValueOrDefault("Expires")) is { } end && Date(headers.GetValueOrDefault("Date")) is { } now && end > now ? end - now : null;
    }

    /// <summary>The usual time between two articles: the median of the last twenty distances; null with fewer than three articles.</summary>
    public static TimeSpan? Pace(IEnumerable<DateTimeOffset?> dates, DateTimeOffset now)
    {
        DateTimeOffset[] known = [.. dates.OfType<DateTimeOffset>().Where(date => date <= now.AddDays(1)).Distinct().OrderDescending().Take(MostDates)];
        if (known.Length < 3) return null;

        TimeSpan[] gaps = [.. known.Zip(known.Skip(1), (later, earlier) => later - earlier).Order()];
        return gaps[gaps.Length / 2];
    }

    private static TimeSpan? Left(TimeSpan whole, TimeSpan? gone) => gone is { } old && old > TimeSpan.Zero ? (old < whole ? whole - old : null) : whole;

    private static TimeSpan? Seconds(string? text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds > 0 ? TimeSpan.FromSeconds(Math.Min(seconds, 400L * 24 * 3600)) : null;

    private static DateTimeOffset? Date(string? text) =>
        DateTimeOffset.TryParseExact(text, "r", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var date) ? date : null;

    private static TimeSpan? Longer(TimeSpan? one, TimeSpan? other) => one is null || other > one ? other : one;

    private static TimeSpan Between(TimeSpan time, TimeSpan least, TimeSpan most) => time < least ? least : time > most ? most : time;

    private static TimeSpan Late(TimeSpan wait, Random random) => wait * (1 + (Jitter * random.NextDouble()));
}

/// <summary>What was heard of a feed's wishes and habits.</summary>
/// <param name="FreshFor">For how long the answer said that nothing new can come.</param>
/// <param name="Asks">How long the document asks to be left alone.</param>
/// <param name="Pace">The usual time between two articles.</param>
/// <param name="IsPushed">Its hub tells what is new.</param>
internal sealed record FeedHeard(TimeSpan? FreshFor, TimeSpan? Asks, TimeSpan? Pace, bool IsPushed);
