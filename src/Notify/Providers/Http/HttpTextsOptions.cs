using Notify.Inbound;

namespace Notify.Providers.Http;

/// <summary>Section <c>HttpTexts</c>: one entry for each gateway.</summary>
public sealed class HttpTextsOptions
{
    public IList<GatewayOptions> HttpTexts { get; set; } = [];
}

/// <summary>A gateway for texts, described: how it is asked, what it answers, and how it calls us.</summary>
public sealed class GatewayOptions
{
    /// <summary>Lower-case letters, digits and dashes: it stands in the addresses of the webhooks.</summary>
    public string Name { get; set; } = "";

    /// <summary>Where a text is handed over; may hold placeholders.</summary>
    public string Url { get; set; } = "";

    public GatewayMethod Method { get; set; }

    /// <summary>Sent with every request; they usually carry the secret, and are never logged.</summary>
    public IDictionary<string, string> Headers { get; set; } = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);

    public GatewayBody BodyType { get; set; }

    /// <summary>What is sent, with the placeholders of <see cref="Template"/>; empty for a gateway that takes everything in the address.</summary>
    public string Body { get; set; } = "";

    public AnswerOptions Answer { get; set; } = new();

    /// <summary>What the gateway's own error codes mean, in answers and in receipts. A code that is not listed is judged by the status alone.</summary>
    public IDictionary<string, CodeMeans> Codes { get; set; } = new Dictionary<string, CodeMeans>(StringComparer.OrdinalIgnoreCase);

    public IList<GatewaySenderOptions> Senders { get; set; } = [];

    /// <summary>How a message in doubt is asked about; without it a person decides.</summary>
    public FindOptions Find { get; set; } = new();

    public WebhookOptions Webhooks { get; set; } = new();
}

public enum GatewayMethod
{
    Post,
    Put,
    Get,
}

public enum GatewayBody
{
    Json,
    Form,
}

/// <summary>What a listed code means for the message.</summary>
public enum CodeMeans
{
    Rejected,
    TryLater,
    RecipientGone,
    SenderBroken,
}

/// <summary>Where things stand in the answer: a path such as <c>messages[0].id</c>, or <c>header:</c> and a name.</summary>
public sealed class AnswerOptions
{
    /// <summary>The message's id; an answer of 2xx without one is a doubt.</summary>
    public string Id { get; set; } = "";

    public string ErrorCode { get; set; } = "";

    public string ErrorText { get; set; } = "";
}

/// <summary>A number, a short code or a name texts leave under.</summary>
public sealed class GatewaySenderOptions
{
    public string Name { get; set; } = "";

    /// <summary>As the gateway wants it.</summary>
    public string From { get; set; } = "";

    /// <summary>What the carrier allows.</summary>
    public double SegmentsPerSecond { get; set; } = 1;

    /// <summary>Requests under way at once.</summary>
    public int Concurrency { get; set; } = 8;

    /// <summary>How many lanes share the rate.</summary>
    public int Slots { get; set; } = 1;

    /// <summary>The countries it serves, ISO 3166; none: those no other sender is for.</summary>
    public IList<string> Countries { get; set; } = [];

    /// <summary>Who answers STOP, START and HELP: we, or the gateway those of <see cref="Keywords"/>.</summary>
    public KeywordReplies KeywordReplies { get; set; } = KeywordReplies.App;

    /// <summary>What the gateway answers by itself: the whole text, in any case.</summary>
    public IList<string> Keywords { get; set; } = [];
}

/// <summary>A GET that lists messages, newest first; all paths are seen from one message of the list.</summary>
public sealed class FindOptions
{
    /// <summary>With <c>{to}</c>, <c>{toDigits}</c> or <c>{id}</c>; empty when the gateway cannot be asked.</summary>
    public string Url { get; set; } = "";

    /// <summary>Where the list stands; empty when the answer is the list.</summary>
    public string List { get; set; } = "";

    public string Id { get; set; } = "";

    /// <summary>The words of the message; needed unless the address asks by <c>{id}</c>.</summary>
    public string Text { get; set; } = "";

    /// <summary>When it was taken: ISO 8601, RFC 2822, or seconds or milliseconds since 1970; needed unless the address asks by <c>{id}</c>.</summary>
    public string Time { get; set; } = "";
}

/// <summary>How the gateway's calls are proved and read. Without a secret nobody is let in.</summary>
public sealed class WebhookOptions
{
    public ProofKind Proof { get; set; }

    /// <summary>Each of them proves a call, so that a secret can be changed.</summary>
    public IList<string> Secrets { get; set; } = [];

    /// <summary>Where the signature or the token stands.</summary>
    public string Header { get; set; } = "X-Signature";

    /// <summary>Before the signature or the token, such as <c>sha256=</c> or <c>Bearer</c> and a blank.</summary>
    public string Prefix { get; set; } = "";

    public HashKind Algorithm { get; set; } = HashKind.Sha256;

    public SignatureForm Encoding { get; set; }

    /// <summary>Where the time of signing stands (seconds or milliseconds since 1970); then <c>{time}.{body}</c> is signed.</summary>
    public string TimestampHeader { get; set; } = "";

    /// <summary>How far that time may be from ours.</summary>
    public TimeSpan Tolerance { get; set; } = TimeSpan.FromMinutes(5);

    public InboundOptions Inbound { get; set; } = new();

    public StatusOptions Status { get; set; } = new();
}

public enum ProofKind
{
    /// <summary>A signature over the body.</summary>
    Hmac,

    /// <summary>The secret itself, for gateways that cannot sign.</summary>
    Token,
}

public enum HashKind
{
    Sha1,
    Sha256,
    Sha512,
}

public enum SignatureForm
{
    Hex,
    Base64,
}

/// <summary>Where things stand in the call about a text that came in: a path in JSON, or the name of a field of a form.</summary>
public sealed class InboundOptions
{
    public string Id { get; set; } = "";

    public string From { get; set; } = "";

    public string To { get; set; } = "";

    public string Text { get; set; } = "";
}

/// <summary>Where things stand in the call about a text of ours.</summary>
public sealed class StatusOptions
{
    public string Id { get; set; } = "";

    /// <summary>The word for what happened; see <see cref="Words"/>.</summary>
    public string Word { get; set; } = "";

    public string ErrorCode { get; set; } = "";

    public string ErrorText { get; set; } = "";

    /// <summary>What the gateway's words mean; others say nothing.</summary>
    public IDictionary<string, Deliveries.ReceiptKind> Words { get; set; } = new Dictionary<string, Deliveries.ReceiptKind>(StringComparer.OrdinalIgnoreCase);
}
