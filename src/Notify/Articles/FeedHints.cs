using System.Globalization;

namespace Notify.Articles;

/// <summary>What a feed says of itself rather than of its items.</summary>
/// <param name="Hubs">Where it can be subscribed to (WebSub), in document order; absolute, http or https.</param>
/// <param name="Self">Its own address, by which a hub knows it.</param>
/// <param name="AtMostEvery">How long it asks to be left alone between two looks (RSS <c>ttl</c>, the syndication module); null when it does not say.</param>
internal sealed record FeedHints(IReadOnlyList<Uri> Hubs, Uri? Self, TimeSpan? AtMostEvery)
{
    public static readonly FeedHints None = new([], null, null);
}

/// <summary>Collects them while the document is walked over. Nothing of it is read ahead: a tag that is never closed must not cost the items behind it.</summary>
internal sealed class FeedHintsDraft
{
    private const int MostHubs = 5;

    /// <summary>More than a year is a mistake, and less than nothing too.</summary>
    private const int MostMinutes = 366 * 24 * 60;

    private readonly List<Uri> _hubs = [];
    private Uri? _self;
    private string? _awaited;
    private int? _ttl;
    private TimeSpan? _period;
    private int? _frequency;

    /// <summary>What the walk is at, when it is at nothing of an item.</summary>
    public void Take(FeedWalk walk)
    {
        switch (walk.Kind)
        {
            case MarkupKind.Start:
                _awaited = walk.Name.ToLowerInvariant();
                if (_awaited == "link" && walk.Attribute("href") is { } href) Link(walk.Attribute("rel"), FeedLinks.Resolve(walk.Base, href));
                break;
            case MarkupKind.Text when _awaited is "ttl" or "updateperiod" or "updatefrequency":
                Text(walk.Text().Trim());
                break;
            case MarkupKind.End:
                _awaited = null;
                break;
        }
    }

    /// <summary>A link of the feed itself, by its relation.</summary>
    public void Link(string? relation, Uri? address)
    {
        if (address is null) return;

        foreach (var word in (relation ?? "").ToLowerInvariant().Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (word == "hub" && _hubs.Count < MostHubs && !_hubs.Contains(address)) _hubs.Add(address);
            else if (word == "self") _self ??= address;
        }
    }

    public FeedHints Build()
    {
        var ttl = _ttl is { } minutes ? TimeSpan.FromMinutes(minutes) : (TimeSpan?)null;
        var period = _period / (_frequency is > 0 and var times ? times : 1);
        return new FeedHints(_hubs, _self, ttl is null || period > ttl ? period ?? ttl : ttl);
    }

    private void Text(string text)
    {
        switch (_awaited)
        {
            case "ttl" when Number(text) is <= MostMinutes and var minutes: _ttl ??= minutes; break;
            case "updateperiod": _period ??= Period(text); break;
            case "updatefrequency": _frequency ??= Number(text); break;
        }
    }

    private static int? Number(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    /// <summary>The words of the syndication module (web.resource.org/rss/1.0/modules/syndication).</summary>
    private static TimeSpan? Period(string word) => word.ToLowerInvariant() switch
    {
        "hourly" => TimeSpan.FromHours(1),
        "daily" => TimeSpan.FromDays(1),
        "weekly" => TimeSpan.FromDays(7),
        "monthly" => TimeSpan.FromDays(30),
        "yearly" => TimeSpan.FromDays(365),
        _ => null,
    };
}
