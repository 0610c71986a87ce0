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
        [20429] = new SendOutcome.TryLater("too many requests at once"),
        [21211] = new SendOutcome.RecipientGone("not a valid number"),
        [21212] = new SendOutcome.SenderBroken("the sender is not a valid number"),
        [21408] = new SendOutcome.Rejected("texts to this country are not permitted by the account"),
        [21602] = new SendOutcome.Rejected("the body is empty"),
        [21606] = new SendOutcome.SenderBroken("the sender does not belong to the account or cannot text"),
        [21608] = new SendOutcome.Rejected("a trial account texts verified numbers only"),
        [21610] = new SendOutcome.RecipientGone("opted out at the provider"),
        [21611] = new SendOutcome.TryLater("the sender's queue is full", TimeSpan.FromMinutes(5)),
        [21612] = new SendOutcome.Rejected("no route from this sender to this number"),
        [21614] = new SendOutcome.RecipientGone("not a mobile number"),
        [21617] = new SendOutcome.Rejected("the body is too long"),
        [21635] = new SendOutcome.RecipientGone("a landline"),
        [30002] = new SendOutcome.SenderBroken("the account is suspended"),
        [30024] = new SendOutcome.SenderBroken("the sender is not provisioned at the carrier"),
        [30032] = new SendOutcome.SenderBroken("the toll-free number is not verified"),
        [30034] = new SendOutcome.SenderBroken("the number is not registered for A2P 10DLC"),
    }.ToFrozenDictionary();

    /// <summary>The reason a message was made and then not delivered, and whether that means the contact takes none at all.</summary>
    private static readonly FrozenDictionary<int, (string Reason, bool Gone)> Failures = new Dictionary<int, (string, bool)>
    {
        [21610] = ("opted out at the provider", true),
        [30001] = ("the sender's queue overflowed", false),
        [30003] = ("the handset could not be reached", false),
        [30004] = ("blocked", false),
        [30005] = ("unknown handset", false),
        [30006] = ("a landline or an unreachable carrier", true),
        [30007] = ("filtered by the carrier", false),
        [30008] = ("unknown error at the carrier", false),
        [30032] = ("the toll-free number is not verified", false),
        [30034] = ("the number is not registered for A2P 10DLC", false),
        [30036] = ("it expired before it could be delivered", false),
        [30450] = ("stopped as suspected message pumping", false),
    }.ToFrozenDictionary();

    /// <summary>What an answer other than a clean success means. 5xx and 408 may have been accepted: never blind.</summary>
    public static SendOutcome Read(int status, int? code, TimeSpan? retryAfter) => (status, code) switch
    {
        (429, _) => new SendOutcome.TryLater("too many requests", retryAfter),
        ( >= 500 or 408 or (>= 200 and < 400), _) => new SendOutcome.InDoubt($"the provider answered {status}"),
        (_, { } known) when Creates.TryGetValue(known, out var outcome) => outcome,
        (401 or 403, _) => new SendOutcome.SenderBroken($"the account refused us with {status}"),
        // A proxy, a wrong address, a firewall: not the provider's word about this message.
        (_, null) => new SendOutcome.SenderBroken($"something answered {status} that is not the provider"),
        _ => new SendOutcome.Rejected($"provider code {code?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "none"}, status {status}"),
    };

    public static (string Reason, bool Gone) ReadFailure(int? code) =>
        code is { } known && Failures.TryGetValue(known, out var row) ? row : ($"provider code {code?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "none"}", false);
}
