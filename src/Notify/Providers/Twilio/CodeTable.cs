using System.Collections.Frozen;
using Notify.Deliveries;

namespace Notify.Providers.Twilio;

/// <summary>What Twilio's codes mean for a delivery, as data. Source of each row: twilio.com/docs/api/errors/{code} unless another is named.</summary>
internal static class CodeTable
{
    /// <summary>The answer to a create request: definite, the message was not made.</summary>
    private static readonly FrozenDictionary<int, SendOutcome> Creates = new Dictionary<int, SendOutcome>
    {
        [20001] = new SendOutcome.Rejected("bad request"),
        [20003] = new SendOutcome.SenderBroken("the account refused our credentials"),
        [20404] = new SendOutcome.SenderBroken("the account was not found"),
        [20429] = new SendOutcome.TryLater("too many requests at once", Trouble: Trouble.TooFast),
        [21211] = new SendOutcome.RecipientGone("not a valid number"),
        [21212] = new SendOutcome.SenderBroken("the sender is not a valid number"),
        [21408] = new SendOutcome.Rejected("texts to this country are not permitted by the account"),
        [21602] = new SendOutcome.Rejected("the body is empty"),
        [21606] = new SendOutcome.SenderBroken("the sender does not belong to the account or cannot text"),
        [21608] = new SendOutcome.Rejected("a trial account texts verified numbers only"),
        [21610] = new SendOutcome.RecipientGone("opted out at the provider"),
        [21611] = new SendOutcome.TryLater("the sender's queue is full", TimeSpan.FromMinutes(5), Trouble.TooFast),
        [21612] = new SendOutcome.Rejected("no route from this sender to this number"),
        [21614] = new SendOutcome.RecipientGone("not a mobile number"),
        [21617] = new SendOutcome.Rejected("the body is too long"),
        [21635] = new SendOutcome.RecipientGone("a landline"),
        [30002] = new SendOutcome.SenderBroken("the account is suspended"),
        [30024] = new SendOutcome.SenderBroken("the sender is not provisioned at the carrier"),
        [30032] = new SendOutcome.SenderBroken("the toll-free number is not verified"),
        [30034] = new SendOutcome.SenderBroken("the number is not registered for A2P 10DLC"),
    }.ToFrozenDictionary();

    /// <summary>Why a message was made and then not delivered.</summary>
    private static readonly FrozenDictionary<int, Failure> Failures = new Dictionary<int, Failure>
    {
        [21610] = new Failure("opted out at the provider", FailureMeans.RecipientGone),
        [30001] = new Failure("the sender's queue overflowed", FailureMeans.SentTooFast),
        [30003] = new Failure("the handset could not be reached"),
        [30004] = new Failure("blocked"),
        [30005] = new Failure("unknown handset"),
        [30006] = new Failure("a landline or an unreachable carrier", FailureMeans.RecipientGone),
        [30007] = new Failure("filtered by the carrier"),
        [30008] = new Failure("unknown error at the carrier"),
        [30002] = new Failure("the account is suspended", FailureMeans.SenderBroken),
        [30024] = new Failure("the sender is not provisioned at the carrier", FailureMeans.SenderBroken),
        [30032] = new Failure("the toll-free number is not verified", FailureMeans.SenderBroken),
        [30034] = new Failure("the number is not registered for A2P 10DLC", FailureMeans.SenderBroken),
        [30036] = new Failure("it expired before it could be delivered"),
        [30450] = new Failure("stopped as suspected message pumping"),
    }.ToFrozenDictionary();

    /// <summary>What an answer other than a clean success means. 5xx and 408 may have been accepted: never blind.</summary>
    public static SendOutcome Read(int status, int? code, TimeSpan? retryAfter) => (status, code) switch
    {
        (429, _) => new SendOutcome.TryLater("too many requests", retryAfter, Trouble.TooFast),
        ( >= 500 or 408 or (>= 200 and < 400), _) => new SendOutcome.InDoubt($"the provider answered {status}"),
        (_, { } known) when Creates.TryGetValue(known, out var outcome) => outcome,
        (401 or 403, _) => new SendOutcome.SenderBroken($"the account refused us with {status}"),
        // A proxy, a wrong address, a firewall: not the provider's word about this message.
        (_, null) => new SendOutcome.SenderBroken($"something answered {status} that is not the provider"),
        _ => new SendOutcome.Rejected($"provider code {code?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "none"}, status {status}"),
    };

    public static Failure ReadFailure(int? code) =>
        code is { } known && Failures.TryGetValue(known, out var row) ? row : new Failure($"provider code {code?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "none"}");
}

/// <summary>Why a message that Twilio had made was not delivered.</summary>
internal sealed record Failure(string Reason, FailureMeans Means = FailureMeans.Nothing);

/// <summary>What a failure says beyond its message.</summary>
internal enum FailureMeans
{
    Nothing,

    /// <summary>The contact takes none at all.</summary>
    RecipientGone,

    /// <summary>It was dropped unsent from a full queue.</summary>
    SentTooFast,

    /// <summary>Carriers take nothing from this sender.</summary>
    SenderBroken,
}
