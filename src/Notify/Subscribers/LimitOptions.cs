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

    /// <summary>Sign-ups an hour with numbers of one block of a thousand.</summary>
    [Range(1, int.MaxValue)]
    public int OptInsPerNumberBlockPerHour { get; set; } = 10;

    /// <summary>Requests a minute with one API key.</summary>
    [Range(1, int.MaxValue)]
    public int RequestsPerKeyPerMinute { get; set; } = 600;
}
