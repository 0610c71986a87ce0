using System.ComponentModel.DataAnnotations;

namespace Notify.Subscribers;

/// <summary>Section <c>Limits</c>: a sign-up form is a way to spend the publisher's money, so it has bounds.</summary>
public sealed class LimitOptions
{
    /// <summary>Confirmations to one address in 24 hours.</summary>
    [Range(1, 10)]
    public int ConfirmationsPerAddressPerDay { get; set; } = 1;

    /// <summary>Confirmations an address gets in all, as long as it never confirms.</summary>
    [Range(1, 100)]
    public int UnconfirmedPerAddress { get; set; } = 3;

    /// <summary>Sign-ups an hour from one network: an IPv4 /24 or an IPv6 /64.</summary>
    [Range(1, int.MaxValue)]
    public int OptInsPerNetworkPerHour { get; set; } = 30;

    /// <summary>Sign-ups a day from one network.</summary>
    [Range(1, int.MaxValue)]
    public int OptInsPerNetworkPerDay { get; set; } = 200;

    /// <summary>Seconds a form has to be open before it is taken; one that is sent sooner waits for the rest of them.</summary>
    [Range(0, 30)]
    public double FormSeconds { get; set; } = 2;

    /// <summary>Texts that ask to confirm, within 24 hours, as long as nobody answers them.</summary>
    [Range(1, int.MaxValue)]
    public int UnconfirmedTextsPerDay { get; set; } = 1_000;

    /// <summary>Fewer per cent than this confirming closes a block of numbers or a country.</summary>
    [Range(0, 100)]
    public int BreakerPercent { get; set; } = 20;

    /// <summary>Not before so many of a block of a thousand numbers were asked within a day.</summary>
    [Range(2, int.MaxValue)]
    public int BreakerLeast { get; set; } = 20;

    /// <summary>Not before so many of a country were.</summary>
    [Range(2, int.MaxValue)]
    public int BreakerCountryLeast { get; set; } = 100;

    /// <summary>Sign-ups an hour with numbers of one block of a thousand.</summary>
    [Range(1, int.MaxValue)]
    public int OptInsPerNumberBlockPerHour { get; set; } = 10;

    /// <summary>Requests a minute with one API key.</summary>
    [Range(1, int.MaxValue)]
    public int RequestsPerKeyPerMinute { get; set; } = 600;
}
