using System.Net;

namespace Notify.Providers.Smtp;

/// <summary>Section <c>Smtp</c>.</summary>
public sealed class SmtpOptions
{
    public IList<SmtpRelayOptions> Relays { get; set; } = [];

    /// <summary>The name server the doctor asks, as address or address:port; empty: the machine's own.</summary>
    public string Resolver { get; set; } = "";
}

/// <summary>A relay and the identity mail leaves it under.</summary>
public sealed class SmtpRelayOptions
{
    public string Name { get; set; } = "";

    public string Host { get; set; } = "";

    public int Port { get; set; } = 587;

    /// <summary>Never "if it happens to be offered": a connection that can be talked down to plain text is one.</summary>
    public SmtpSecurity Security { get; set; } = SmtpSecurity.StartTls;

    public string Username { get; set; } = "";

    public string Password { get; set; } = "";

    /// <summary>One mailbox, with or without a display name; its domain carries Message-ID and List-Id.</summary>
    public string From { get; set; } = "";

    /// <summary>Connections at once.</summary>
    public int Connections { get; set; } = 4;

    /// <summary>Whether what is said to it stays on this machine.</summary>
    internal bool IsOnThisMachine => Host == "localhost" || (IPAddress.TryParse(Host, out var address) && IPAddress.IsLoopback(address));

    /// <summary>Messages a second, over all nodes together.</summary>
    public double PerSecond { get; set; } = 50;

    /// <summary>How many lanes share the rate.</summary>
    public int Slots { get; set; } = 1;

    /// <summary>Where bounces go, each to an address of its own, <c>b+…@</c> this domain; empty: all of them to <see cref="From"/>.</summary>
    public string BounceDomain { get; set; } = "";

    /// <summary>A header that a mail service hands back with its reports, and that gets the mail's name; empty: none. Each service says which it takes for that.</summary>
    public string ReturnHeader { get; set; } = "";

    /// <summary>Whether somebody reads what comes to <see cref="BounceDomain"/>, so that a reader may say goodbye there.</summary>
    internal bool IsAnswered { get; set; }

    /// <summary>What happens to a mail whose fate is open after a crash or a lost connection: sent once more under the same Message-ID, or held for a person.</summary>
    public InDoubtPolicy InDoubt { get; set; }

    /// <summary>The public addresses the relay sends from, for the doctor; a relay on this machine needs none as long as the machine has one itself.</summary>
    public IList<string> SendingAddresses { get; set; } = [];

    /// <summary>How mails are signed here; null while the relay signs them, or nobody.</summary>
    public DkimOptions? Dkim { get; set; }
}

/// <summary>A signature of mails (RFC 6376). The public key stands in the DNS at <c>{Selector}._domainkey.{Domain}</c>.</summary>
public sealed class DkimOptions
{
    /// <summary>Who signs, in ASCII: the domain of <c>From</c>, or one it belongs to.</summary>
    public string Domain { get; set; } = "";

    /// <summary>Which of the domain's keys.</summary>
    public string Selector { get; set; } = "";

    /// <summary>An RSA private key of at least 2048 bits, PEM without a password.</summary>
    public string KeyFile { get; set; } = "";

    /// <summary>The RSA key that comes next. It signs nothing yet; the doctor looks whether it is published, so that it is before it signs.</summary>
    public DkimKeyOptions? Next { get; set; }

    /// <summary>A key for a second signature (RFC 8463). Not by default: some large receivers show it as failed, and none counts it where RSA fails.</summary>
    public DkimKeyOptions? Ed25519 { get; set; }
}

/// <summary>A key of <see cref="DkimOptions.Domain"/> beside the one that signs.</summary>
public sealed class DkimKeyOptions
{
    public string Selector { get; set; } = "";

    /// <summary>A private key, PEM without a password.</summary>
    public string KeyFile { get; set; } = "";
}

public enum SmtpSecurity
{
    None,
    StartTls,
    Tls,
}

public enum InDoubtPolicy
{
    Resend,
    Hold,
}
