using Notify.Consent;
using Notify.Deliveries;

namespace Notify.Operators.Evidence;

/// <summary>Everything that shows what one contact agreed to, what was sent to it and what it answered, with the proof that nothing of it was changed.</summary>
/// <param name="Contact">The number or address; null when it was erased and looked up by its row.</param>
/// <param name="MadeBy">Who made the document.</param>
/// <param name="Consent">All of it, the oldest first: whoever texts STOP and START a thousand times must not be able to push the sign-up out.</param>
/// <param name="Sent">The newest first.</param>
/// <param name="SentIsCut">Whether there were more than a document holds.</param>
/// <param name="Received">The newest first.</param>
/// <param name="ReceivedIsCut">Whether there were more than a document holds.</param>
public sealed record EvidenceFile(
    string Publication, string? Contact, string Channel, DateTimeOffset MadeAt, string MadeBy, ChainProof Chain, SubscriptionPart? Subscription,
    IReadOnlyList<SuppressionPart> Suppressions, IReadOnlyList<EvidenceEntry> Consent, IReadOnlyList<SentMessage> Sent, bool SentIsCut,
    IReadOnlyList<ReceivedText> Received, bool ReceivedIsCut);

/// <param name="IsUnbroken">Whether every entry of the whole ledger is as it was sealed.</param>
/// <param name="Entries">How many entries hold.</param>
/// <param name="Head">The hash of the last of them, which covers all before it.</param>
/// <param name="Fault">What is wrong, when it is broken.</param>
public sealed record ChainProof(bool IsUnbroken, long Entries, string? Head, string? Fault, DateTimeOffset VerifiedAt);

/// <param name="Meaning">The kind in plain words.</param>
/// <param name="Position">Its place in the chain, from 1; null until it is sealed.</param>
/// <param name="Digest">SHA-256 over the salt and the personal evidence, which stays when those are erased.</param>
/// <param name="Hash">The chain's value at this entry.</param>
/// <param name="Evidence">Null once erased.</param>
public sealed record EvidenceEntry(
    Guid Id, string Kind, string Meaning, DateTimeOffset At, string How, string Scope, WordsPart? Words, ConsentEvidence? Evidence, long? Position, string Digest, string? Hash);

/// <summary>A message that was decided on, whatever became of it.</summary>
/// <param name="HasLeft">Whether the provider got it, as far as is known: false for what waits, was skipped or was refused.</param>
/// <param name="Words">What a text said; null for what has not left, and for mail, which is made of its article.</param>
public sealed record SentMessage(
    long Id, string Purpose, string? ArticleTitle, string? ArticleUrl, bool HasLeft, string? Words, string Sender, string Status, string? ProviderId, IReadOnlyList<DeliveryChange> History);

/// <param name="ReadAs">What it was read as: stop, start, help …</param>
/// <param name="Decision">What a person made of it; null where none had to.</param>
public sealed record ReceivedText(DateTimeOffset At, string To, string Body, string ReadAs, string? Answer, string? Decision);
