using Microsoft.AspNetCore.Builder;

namespace Notify.Tests.Providers.MailServices;

/// <summary>What mail services tell, whatever they call it.</summary>
internal enum Told
{
    Delivered,
    SoftBounce,
    HardBounce,
    Complaint,
    Leave,
    Delayed,

    /// <summary>Something no version of ours has heard of.</summary>
    Nothing,
}

/// <summary>A mail that left.</summary>
/// <param name="HandedBack">What the service was given to recognise it by, as it stood in the mail.</param>
/// <param name="Id">The service's own name for it.</param>
internal sealed record Sent(string Address, string HandedBack, string Id);

internal sealed record Call(byte[] Body, IReadOnlyList<(string Name, string Value)> Headers);

/// <summary>How one vendor writes its events and proves its calls: our own text, in the shapes its documents show.</summary>
internal abstract class MailServiceVoice
{
    public abstract string Name { get; }

    /// <summary>As it stands in the settings.</summary>
    public abstract string Secret { get; }

    public abstract string OtherSecret { get; }

    /// <summary>Of the right form, and not in the settings.</summary>
    public abstract string StrangersSecret { get; }

    /// <summary>The header our mail carries for it; null: it hands the Message-ID back.</summary>
    public virtual string? ReturnHeader => null;

    /// <summary>How long the vendor repeats a call with the proof of the first time; null: its proof has no time.</summary>
    public abstract TimeSpan? Repeats { get; }

    public virtual bool SignsTheBody => true;

    public virtual bool Says(Told told) => true;

    public virtual void Configure(WebApplicationBuilder builder)
    {
    }

    /// <summary>When it happened, in whole seconds as most of them say it, and after the mail was sent.</summary>
    protected static long Seconds => DateTimeOffset.UtcNow.ToUnixTimeSeconds() + 1;

    /// <inheritdoc cref="Seconds" />
    protected static string Moment => DateTimeOffset.FromUnixTimeSeconds(Seconds).ToString("yyyy-MM-ddTHH:mm:ss.fffZ", System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>What the call says, before it is proved.</summary>
    public abstract string Write(Told told, Sent mail);

    public abstract Call Prove(string content, string secret, DateTimeOffset at);

    /// <summary>The same for what is no event at all.</summary>
    public virtual Call ProveRaw(string body, string secret, DateTimeOffset at) => Prove(body, secret, at);

    /// <summary>What else this vendor's proof could be forged by.</summary>
    public virtual IEnumerable<(string What, Call Call)> Forgeries(string content, DateTimeOffset now) => [];
}
