using System.Text.Json;

namespace Notify.Inbound.Returns;

/// <summary>A call of a mail service, not read yet.</summary>
/// <param name="Body">The octets as they came: what is signed is these, not what a parser makes of them.</param>
internal sealed record MailCall(IHeaderDictionary Headers, ReadOnlyMemory<byte> Body, DateTimeOffset Now)
{
    /// <summary>How far a clock may be from ours, and how old a call may be that is signed anew each time it is tried.</summary>
    public static readonly TimeSpan Window = TimeSpan.FromMinutes(5);

    /// <param name="repeated">How long the service goes on trying with a proof of the first time; see ADR 016.</param>
    public bool IsTimely(DateTimeOffset at, TimeSpan? repeated = null) => at - Now <= Window && Now - at <= Window + (repeated ?? TimeSpan.Zero);
}

/// <summary>Why a call is not believed, for the person who sets it up.</summary>
/// <param name="MayEnd">It can only not be told now: whoever called should come again.</param>
internal sealed record Doubt(string Why, bool MayEnd = false);

/// <summary>
/// A mail service that tells by webhooks what became of mails; implemented by a folder a vendor. A call is proved the vendor's way before a word of it is believed,
/// with any of the secrets, so that one can be replaced without losing a call.
/// </summary>
internal interface IMailService
{
    /// <summary>Its name in the address, <c>/webhooks/email/{name}</c>, and in the settings, <c>MailWebhooks:{name}:Secrets</c>.</summary>
    string Name { get; }

    /// <summary>Looks at a secret of the settings: a wrong one would refuse every call, and a short one could be guessed.</summary>
    /// <returns>What is wrong and what to do, as the rest of a sentence about it, never with a word of it; null when it can be one.</returns>
    string? Misfit(string secret);

    /// <returns>Why it is not believed; null when it is.</returns>
    /// <exception cref="JsonException">It is not what the service sends.</exception>
    ValueTask<Doubt?> DoubtAsync(MailCall call, IReadOnlyList<string> secrets, CancellationToken cancellationToken);

    /// <summary>What a proved call says of our mails; nothing for events that say nothing about a reader.</summary>
    /// <exception cref="JsonException">It is not what the service sends.</exception>
    IEnumerable<Report> Read(JsonElement call);
}
