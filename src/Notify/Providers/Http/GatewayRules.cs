using System.Text.RegularExpressions;
using Microsoft.Extensions.Options;
using Notify.Inbound;

namespace Notify.Providers.Http;

/// <summary>What must be so before the first text leaves; each fault names the setting.</summary>
internal sealed partial class GatewayRules : IValidateOptions<HttpTextsOptions>
{
    private static readonly string[] Recipient = ["to", "toDigits"];

    private static readonly string[] FindKnows = ["to", "toDigits", "id"];

    public ValidateOptionsResult Validate(string? name, HttpTextsOptions options)
    {
        var faults = new List<string>();
        for (var i = 0; i < options.HttpTexts.Count; i++)
        {
            var gateway = options.HttpTexts[i];
            var at = $"HttpTexts:{i}";
            faults.AddRange(Request(gateway).Concat(Answer(gateway)).Concat(Senders(gateway)).Concat(Find(gateway.Find)).Concat(Webhooks(gateway.Webhooks)).Select(fault => $"{at}:{fault}"));
            if (options.HttpTexts.Take(i).Any(other => other.Name == gateway.Name))
            {
                faults.Add($"{at}:Name is taken by another entry: '{gateway.Name}'.");
            }
        }

        return faults.Count > 0 ? ValidateOptionsResult.Fail(faults) : ValidateOptionsResult.Success;
    }

    private static IEnumerable<string> Request(GatewayOptions gateway)
    {
        if (!Names.IsMatch(gateway.Name))
        {
            yield return "Name must be 1 to 40 lower-case letters, digits and dashes: it stands in the addresses of the webhooks.";
        }

        var url = new Template(gateway.Url, TemplateKind.Url);
        if (!IsAddress(url))
        {
            yield return "Url must be the full address texts are handed over at, beginning with https://, with placeholders behind the host only.";
        }

        var body = new Template(gateway.Body, gateway.BodyType == GatewayBody.Json ? TemplateKind.Json : TemplateKind.Url);
        foreach (var unknown in url.Unknown(Template.Known).Concat(body.Unknown(Template.Known)).Distinct(StringComparer.Ordinal))
        {
            yield return $"Url or Body holds {{{unknown}}}, which is no placeholder; there are {string.Join(", ", Template.Known.Select(known => $"{{{known}}}"))}.";
        }

        if (gateway.BodyType == GatewayBody.Json && gateway.Body.Length > 0 && body.JsonFault() is { } fault)
        {
            yield return $"Body {fault}";
        }

        if (!(body.Asks("text") || url.Asks("text")) || !Recipient.Any(to => body.Asks(to) || url.Asks(to)))
        {
            yield return "Body must hold {text} and {to} (or {toDigits}); write it as one string.";
        }

        foreach (var (name, value) in gateway.Headers)
        {
            using var request = new HttpRequestMessage();
            if (value.Any(c => c is < ' ' or > '~') || !request.Headers.TryAddWithoutValidation(name, value))
            {
                yield return $"Headers:{name} cannot be sent: a header has a name without blanks and a value of plain characters on one line; the type of the content is BodyType's.";
            }
        }
    }

    private static IEnumerable<string> Answer(GatewayOptions gateway)
    {
        if (!IsPlace(gateway.Answer.Id))
        {
            yield return "Answer:Id must say where the message's id stands: data.id, messages[0].id, or header:X-Message-Id.";
        }

        foreach (var (name, place) in new[] { ("ErrorCode", gateway.Answer.ErrorCode), ("ErrorText", gateway.Answer.ErrorText) })
        {
            if (place.Length > 0 && !IsPlace(place))
            {
                yield return $"Answer:{name} is no place in an answer; write it like error.code or errors[0].code.";
            }
        }

        if (gateway.Codes.Count > 0 && gateway.Answer.ErrorCode.Length == 0 && gateway.Webhooks.Status.ErrorCode.Length == 0)
        {
            yield return "Codes are listed, but neither Answer:ErrorCode nor Webhooks:Status:ErrorCode says where a code stands.";
        }
    }

    private static IEnumerable<string> Senders(GatewayOptions gateway)
    {
        if (gateway.Senders.Count == 0)
        {
            yield return "Senders is empty. Give at least one, with a Name and a From.";
        }

        for (var i = 0; i < gateway.Senders.Count; i++)
        {
            var sender = gateway.Senders[i];
            if (sender.Name.Length == 0)
            {
                yield return $"Senders:{i}:Name is empty. Give it a short name of its own.";
            }

            if (sender.From.Length == 0)
            {
                yield return $"Senders:{i}:From is empty. Set it to the number or name texts leave under.";
            }

            if (sender.SegmentsPerSecond is <= 0 or > 10_000)
            {
                yield return $"Senders:{i}:SegmentsPerSecond must be more than 0 and at most 10000.";
            }

            if (sender.Concurrency is < 1 or > 1_000)
            {
                yield return $"Senders:{i}:Concurrency must be 1 to 1000.";
            }

            if (sender.Slots is < 1 or > 64)
            {
                yield return $"Senders:{i}:Slots must be 1 to 64.";
            }

            if (sender.Keywords.Any(string.IsNullOrWhiteSpace) || (sender.Keywords.Count > 0) != (sender.KeywordReplies == KeywordReplies.Provider))
            {
                yield return $"Senders:{i}:Keywords must list what the gateway answers by itself, such as STOP and HELP, where KeywordReplies is Provider, and nothing where it is App.";
            }
        }
    }

    private static IEnumerable<string> Find(FindOptions find)
    {
        if (find.Url.Length == 0)
        {
            yield break;
        }

        var url = new Template(find.Url, TemplateKind.Url);
        if (!IsAddress(url) || url.Unknown(FindKnows).Any() || !FindKnows.Any(url.Asks))
        {
            yield return "Find:Url must be a full address with {to}, {toDigits} or {id}, and no other placeholder.";
        }

        if (!Place.IsPath(find.Id) || (find.List.Length > 0 && !Place.IsPath(find.List)))
        {
            yield return "Find:Id must say where a message's id stands, and Find:List where the list does.";
        }

        if (!url.Asks("id") && (!Place.IsPath(find.Text) || !Place.IsPath(find.Time)))
        {
            yield return "Find:Text and Find:Time must say where the words and the time stand: without {id} in Find:Url a message is known by these alone.";
        }
    }

    private static IEnumerable<string> Webhooks(WebhookOptions webhooks)
    {
        if (!Proof.IsConfigured(webhooks))
        {
            yield break;
        }

        if (webhooks.Header.Length == 0)
        {
            yield return "Webhooks:Header is empty. Set it to the header the signature or the token stands in.";
        }

        if (webhooks.TimestampHeader.Length > 0 && (webhooks.Proof == ProofKind.Token || webhooks.Tolerance <= TimeSpan.Zero || webhooks.Tolerance > TimeSpan.FromHours(1)))
        {
            yield return "Webhooks:TimestampHeader goes with a signature, and with a Tolerance of more than nothing and at most an hour.";
        }

        var (inbound, status) = (webhooks.Inbound, webhooks.Status);
        if (new[] { inbound.Id, inbound.From, inbound.To, inbound.Text }.Any(place => place.Length == 0))
        {
            yield return "Webhooks:Inbound must say where Id, From, To and Text stand: a STOP that is not read is a STOP that is not heard.";
        }

        var isTold = status.Id.Length > 0 && status.Word.Length > 0 && status.Words.Count > 0;
        if (!isTold && (status.Id.Length > 0 || status.Word.Length > 0 || status.Words.Count > 0))
        {
            yield return "Webhooks:Status needs Id, Word and Words, or none of them.";
        }
    }

    private static bool IsPlace(string place) =>
        place.StartsWith(Place.Header, StringComparison.OrdinalIgnoreCase) ? place.Length > Place.Header.Length && !place.Any(char.IsWhiteSpace) : Place.IsPath(place);

    /// <summary>Whatever is filled in, it is asked at the same place.</summary>
    private static bool IsAddress(Template template) =>
        Uri.TryCreate(template.Fill(_ => "1"), UriKind.Absolute, out var url) && url.Scheme is "http" or "https" && url.UserInfo.Length == 0
        && Uri.TryCreate(template.Fill(_ => "2"), UriKind.Absolute, out var other) && other.Authority == url.Authority;

    [GeneratedRegex("^[a-z0-9-]{1,40}$", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Names { get; }
}
