using System.Text;
using System.Text.RegularExpressions;
using Notify.Deliveries;

namespace Notify.Providers.Http;

/// <summary>What an answer to a text that was handed over means. What nobody has described is judged by its status, carefully.</summary>
internal static partial class Answers
{
    private const int LongestReason = 120;

    /// <summary>When a message that was reported as failed for now is sent again, once.</summary>
    private static readonly TimeSpan AgainAfter = TimeSpan.FromMinutes(15);

    /// <summary>Refusals that nobody has described may be about us, such as a credit that ran out: so large a share of them stops the alert before the whole audience is lost.</summary>
    private static readonly AlertRule Undescribed = new(Percent: 20, Least: 20, Pauses: true);

    public static SendOutcome Read(GatewayOptions gateway, HttpResponseMessage response, byte[] body, DateTimeOffset now)
    {
        var status = (int)response.StatusCode;
        var fields = Fields.Read(response.Content.Headers.ContentType?.MediaType, body);
        if (status is >= 200 and < 300 && At(gateway.Answer.Id) is { } id)
        {
            return new SendOutcome.Accepted(id);
        }

        var code = At(gateway.Answer.ErrorCode);
        var reason = Reason(code, At(gateway.Answer.ErrorText)) ?? $"the provider answered {status}";
        SendOutcome outcome = status switch
        {
            429 => new SendOutcome.TryLater("too many requests", RetryAfter(response, now), Trouble.TooFast),
            // May have been taken, whatever it says: never blind.
            >= 500 or 408 => new SendOutcome.InDoubt($"the provider answered {status}"),
            _ when code is not null && gateway.Codes.TryGetValue(code, out var means) => Outcome(means, reason, RetryAfter(response, now)),
            < 400 => new SendOutcome.InDoubt($"the provider answered {status} without a message id"),
            401 or 403 => new SendOutcome.SenderBroken($"the provider refused us with {status}"),
            402 => new SendOutcome.SenderBroken("the provider refused us with 402; look whether the account has credit"),
            // Not a word about this message: the address is wrong.
            404 or 405 when code is null => new SendOutcome.SenderBroken($"something answered {status}; look at the Url"),
            _ => new SendOutcome.Rejected(reason),
        };
        // When it was not taken at all our own schedule says when it is tried again; the fault's is for what was taken and came to nothing.
        var fault = code is not null ? Fault(gateway, code, reason) with { Again = null } : new ProviderFault($"HTTP {status}", reason) { IsKnown = false };
        return outcome switch
        {
            SendOutcome.InDoubt => outcome,
            SendOutcome.Rejected when !fault.IsKnown => outcome with { Fault = fault with { Alert = Undescribed } },
            _ when code is not null => outcome with { Fault = fault },
            _ => outcome,
        };

        string? At(string place) => place.StartsWith(Place.Header, StringComparison.OrdinalIgnoreCase)
            ? response.Headers.TryGetValues(place[Place.Header.Length..], out var values) && values.First() is { Length: > 0 } value ? value : null
            : fields?[place];
    }

    /// <summary>What a code comes to, by the gateway's own table; one that is not there is counted, and a person is told.</summary>
    public static ProviderFault Fault(GatewayOptions gateway, string? code, string reason)
    {
        CodeMeans? means = code is not null && gateway.Codes.TryGetValue(code, out var known) ? known : null;
        return new ProviderFault(Reason(code, null)?["provider code ".Length..] ?? "", reason)
        {
            IsKnown = code is null || means is not null,
            IsGone = means == CodeMeans.RecipientGone,
            Again = means == CodeMeans.TryLater ? AgainAfter : null,
            Times = means == CodeMeans.TryLater ? 1 : 0,
            Sender = means == CodeMeans.SenderBroken ? SenderFault.Broken : SenderFault.None,
        };
    }

    /// <summary>A code and words as they are kept with a delivery: short, on one line, and without anything like a number of somebody. Null when there are none.</summary>
    public static string? Reason(string? code, string? words)
    {
        var text = (code, words) switch
        {
            (null, null) => null,
            (null, _) => words,
            (_, null) => $"provider code {code}",
            _ => $"provider code {code}: {words}",
        };
        if (text is null)
        {
            return null;
        }

        var line = new StringBuilder(text.Length);
        foreach (var rune in Numbers.Replace(text, "…").EnumerateRunes())
        {
            line.Append(Rune.IsControl(rune) ? " " : rune.ToString());
        }

        return line.Length > LongestReason ? line.ToString(0, LongestReason) : line.ToString();
    }

    private static SendOutcome Outcome(CodeMeans means, string reason, TimeSpan? after) => means switch
    {
        CodeMeans.TryLater => new SendOutcome.TryLater(reason, after),
        CodeMeans.RecipientGone => new SendOutcome.RecipientGone(reason),
        CodeMeans.SenderBroken => new SendOutcome.SenderBroken(reason),
        _ => new SendOutcome.Rejected(reason),
    };

    private static TimeSpan? RetryAfter(HttpResponseMessage response, DateTimeOffset now) => response.Headers.RetryAfter switch
    {
        { Delta: { } delta } => delta,
        { Date: { } date } when date > (response.Headers.Date ?? now) => date - (response.Headers.Date ?? now),
        _ => null,
    };

    /// <summary>Seven digits and more, as people write numbers.</summary>
    [GeneratedRegex(@"\+?\d(?:[ ().-]{0,2}\d){6,}", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Numbers { get; }
}
