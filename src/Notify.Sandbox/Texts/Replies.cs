using System.Globalization;
using System.Xml;
using System.Xml.Linq;
using Notify.Sandbox.Faults;
using Notify.Sandbox.Gateway;

namespace Notify.Sandbox.Texts;

/// <summary>A person texts back: kept on the handset, delivered as a signed webhook, and the answer texted to the handset.</summary>
internal sealed class Replies(Handsets handsets, Journey journey, Webhooks webhooks, GatewayCalls gateway, FaultBook faults, CarrierOptions options)
{
    /// <summary>The sender may be left out: then the last one that texted this handset gets it. A known sid is delivered again.</summary>
    public async Task<ReplyResult> TextAsync(string reader, string body, string? to, string? sid, CancellationToken cancellationToken)
    {
        var now = options.Clock.GetUtcNow();
        var last = handsets.LastTo(reader, to);
        var text = new Text
        {
            Sid = sid ?? Numbers.NewSid(),
            AccountSid = last?.AccountSid == GatewayApi.Account ? GatewayApi.Account : options.AccountSid,
            At = now,
            UpdatedAt = now,
            Direction = Text.Inbound,
            From = reader,
            To = to ?? last?.From ?? Numbers.DefaultSender,
            MessagingServiceSid = last?.MessagingServiceSid,
            Body = body,
            Segments = Segments.Count(body),
            Status = "received",
        };
        var isNew = handsets.Add(text);
        if (!isNew)
            text = handsets.Find(text.Sid)!;
        var handled = faults.Keywords ? KeywordHandling.Of(text, handsets.IsBlocked(text.Sender, text.Reader))
            : faults.BlockOnStop ? new Handled(KeywordHandling.Blocks(text.Body), null, null)
            : Handled.Nothing;
        if (handled.Blocks is { } blocks)
            handsets.Block(text.Sender, text.Reader, blocks);
        if (handled.Reply is { } own && isNew)
            await AnswerAsync(text, [(own, null)], text.To);

        var script = faults.Strike("inbound", reader);
        if (text.AccountSid == GatewayApi.Account)
            return await TellGatewayAsync(text, script, cancellationToken);
        if (options.InboundWebhook() is not { } webhook || script?.Lose is true)
            return new ReplyResult(text.Sid, null, null);
        if (script?.DelayMs is { } delay)
            await Task.Delay(TimeSpan.FromMilliseconds(delay), options.Clock, cancellationToken);

        var answer = await webhooks.PostAsync(webhook.OriginalString, Form(text, handled), cancellationToken);
        if (script?.Double is true)
            await webhooks.PostAsync(webhook.OriginalString, Form(text, handled), cancellationToken);

        var replies = answer is { Status: >= 200 and < 300 } ? Read(answer.Body) : [];
        if (replies.Count > 0 && !handsets.IsBlocked(text.Sender, reader) && handsets.TakeAnswer(text.Sid))
            await AnswerAsync(text, replies, webhook.OriginalString);
        return new ReplyResult(text.Sid, answer?.Status, replies.Count == 0 ? null : string.Join('\n', replies.Select(r => r.Body)));
    }

    /// <summary>What is answered comes as a text of its own.</summary>
    private async Task<ReplyResult> TellGatewayAsync(Text text, FaultRule? script, CancellationToken cancellationToken)
    {
        if (options.GatewayWebhook() is not { } webhook || script?.Lose is true)
            return new ReplyResult(text.Sid, null, null);
        if (script?.DelayMs is { } delay)
            await Task.Delay(TimeSpan.FromMilliseconds(delay), options.Clock, cancellationToken);

        var status = await gateway.TellInboundAsync(webhook, text, cancellationToken);
        if (script?.Double is true)
            await gateway.TellInboundAsync(webhook, text, cancellationToken);
        return new ReplyResult(text.Sid, status, null);
    }

    private async Task AnswerAsync(Text asked, IReadOnlyList<(string Body, string? StatusCallback)> replies, string webhook)
    {
        foreach (var (body, callback) in replies)
        {
            var now = options.Clock.GetUtcNow();
            var reply = new Text
            {
                Sid = Numbers.NewSid(),
                AccountSid = asked.AccountSid,
                At = now,
                UpdatedAt = now,
                Direction = Text.FromReply,
                From = asked.To,
                To = asked.From,
                MessagingServiceSid = asked.MessagingServiceSid,
                Body = body,
                Segments = Segments.Count(body),
                StatusCallback = callback is null ? null : new Uri(new Uri(webhook), callback).AbsoluteUri,
                InReplyTo = asked.Sid,
                Status = "queued",
            };
            handsets.Add(reply);
            await journey.BeginAsync(reply);
        }
    }

    /// <summary>The form of a text that has come in (twilio.com/docs/messaging/guides/webhook-request).</summary>
    private static List<KeyValuePair<string, string>> Form(Text text, Handled handled)
    {
        var segments = text.Segments.ToString(CultureInfo.InvariantCulture);
        List<KeyValuePair<string, string>> form =
        [
            new("MessageSid", text.Sid), new("SmsSid", text.Sid), new("SmsMessageSid", text.Sid),
            new("AccountSid", text.AccountSid), new("ApiVersion", "2010-04-01"), new("SmsStatus", "received"),
            new("From", text.From), new("To", text.To), new("Body", text.Body),
            new("NumMedia", "0"), new("NumSegments", segments),
            new("FromCity", ""), new("FromState", ""), new("FromZip", ""), new("FromCountry", text.From.StartsWith("+1", StringComparison.Ordinal) ? "US" : ""),
            new("ToCity", ""), new("ToState", ""), new("ToZip", ""), new("ToCountry", text.To.StartsWith("+1", StringComparison.Ordinal) ? "US" : ""),
        ];
        if (text.MessagingServiceSid is { } service)
            form.Add(new("MessagingServiceSid", service));
        if (handled.OptOutType is { } told)
            form.Add(new("OptOutType", told));
        return form;
    }

    /// <summary>The texts that a TwiML document asks for; none where it is no TwiML.</summary>
    private static IReadOnlyList<(string Body, string? StatusCallback)> Read(string twiml)
    {
        if (string.IsNullOrWhiteSpace(twiml))
            return [];

        try
        {
            using var reader = XmlReader.Create(new StringReader(twiml), new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null });
            return XDocument.Load(reader).Root is { Name.LocalName: "Response" } response
                ? [.. response.Elements().Where(e => e.Name.LocalName is "Message" or "Sms").Select(Message).Where(m => m.Body.Length > 0)]
                : [];
        }
        catch (XmlException)
        {
            return [];
        }

        static (string Body, string? StatusCallback) Message(XElement message) =>
            ((message.Element("Body") ?? message).Value.Trim(), (message.Attribute("statusCallback") ?? message.Attribute("action"))?.Value);
    }
}

/// <summary>What came of a person's text: the status its webhook was answered with, null when there was no answer.</summary>
internal sealed record ReplyResult(string Id, int? WebhookStatus, string? Reply);
