using Notify.Contacts;

namespace Notify.Inbound;

/// <summary>A text someone sent us, as any provider tells it.</summary>
/// <param name="Provider">Who brought it.</param>
/// <param name="ProviderId">The provider's id of the message; the same id is the same message.</param>
/// <param name="Sender">Our sender it was sent to.</param>
/// <param name="ProviderAnswers">The provider answers keywords itself, so we must not answer a second time.</param>
/// <param name="Told">What the provider already made of it; it wins over our own reading.</param>
/// <param name="CanAnswerInline">An answer can leave as the answer to the webhook; otherwise it is a delivery of its own, by the sender that was texted.</param>
internal sealed record InboundMessage(
    string Provider, string ProviderId, PhoneNumber From, string Sender, string Body, bool ProviderAnswers, Keyword Told = Keyword.None, bool CanAnswerInline = true)
{
    public string ProviderId { get; } = Deliveries.ProviderId.Keep(ProviderId);

    /// <summary>It came by a way that we never send by: what ends texts, or may be meant so, is done in silence, and nothing else is.</summary>
    public bool OnlyStops { get; init; }
}

/// <summary>A message as it lies in the inbox, with the answer it was given.</summary>
public sealed class InboxEntry
{
    public required Guid Id { get; init; }

    public required string Provider { get; init; }

    public required string ProviderId { get; init; }

    public required long ContactId { get; init; }

    /// <summary>Our sender.</summary>
    public required string Recipient { get; init; }

    public required string Body { get; init; }

    public required Keyword ReadAs { get; init; }

    /// <summary>What was answered; null for silence.</summary>
    public string? Answer { get; init; }

    public required DateTimeOffset At { get; init; }

    /// <summary>What a person made of a text that may be a stop; null while it waits for one.</summary>
    public bool? IsStop { get; set; }

    public DateTimeOffset? ReviewedAt { get; set; }

    public string? ReviewedBy { get; set; }
}
