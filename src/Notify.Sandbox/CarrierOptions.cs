namespace Notify.Sandbox;

/// <summary>Where the local carrier listens, whom it lets in, and where it delivers what a person texts.</summary>
public sealed record CarrierOptions
{
    /// <summary>Where the API and the page are served: http on a loopback address. Port 0 takes a free one; the real one is on <see cref="LocalCarrier.Url"/>.</summary>
    public Uri Url { get; init; } = new("http://localhost:5081");

    /// <summary>Where mail is taken, on loopback. 0 takes a free one; the real one is on <see cref="LocalCarrier.SmtpPort"/>.</summary>
    public int SmtpPort { get; init; } = 5025;

    /// <summary>The account named in webhooks. Paths may name any account.</summary>
    public string AccountSid { get; init; } = "AC00000000000000000000000000000000";

    /// <summary>Newest first: the first signs webhooks, each of them opens the API to a request whose user name is the account of its path.</summary>
    public IReadOnlyList<string> AuthTokens { get; init; } = ["local-carrier"];

    /// <summary>Secrets that open the API to a request whose user name is an API key (<c>SK…</c>).</summary>
    public IReadOnlyList<string> ApiKeySecrets { get; init; } = [];

    /// <summary>Append-only JSON lines, read again at start, so that handsets and mailboxes survive a restart; null keeps them in memory only.</summary>
    public string? LogFile { get; init; }

    /// <summary>An RSS 2.0 file that is served at <c>/feed.xml</c> with its dates moved to the present.</summary>
    public string? FeedFile { get; init; }

    /// <summary>How long after the first request of the feed its newest item appears: a poller's first look never sees it.</summary>
    public TimeSpan FeedDelay { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Where a person's text is delivered; asked at each one. Null: it is kept and delivered nowhere.</summary>
    public Func<Uri?> InboundWebhook { get; init; } = () => null;

    /// <summary>Opens the plain JSON gateway as a bearer token, and signs its calls.</summary>
    public string GatewaySecret { get; init; } = "local-gateway";

    /// <summary>Where the gateway delivers what a person texts to a number that last texted them through it; asked at each one.</summary>
    public Func<Uri?> GatewayWebhook { get; init; } = () => null;

    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>The environment of the host that starts the carrier. In <c>Production</c> it does not start.</summary>
    public string EnvironmentName { get; init; } = "Development";
}
