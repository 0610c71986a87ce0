using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Microsoft.Extensions.Options;
using Notify.Contacts;
using Notify.Deliveries;
using Notify.Web;

namespace Notify.Providers.Twilio;

/// <summary>
/// Texts over Twilio's REST API (twilio.com/docs/messaging/api/message-resource). A create request has no idempotency key, so it is sent
/// once; whatever leaves its fate open is in doubt, and is asked about.
/// </summary>
internal sealed class TwilioTexts(IHttpClientFactory clients, IOptions<TwilioOptions> options, ErrorPolicy policy, PublicAddress address, TimeProvider clock) : ITakeMessages, ITellStatus
{
    public const string ClientName = "twilio";

    /// <summary>Tries a callback up to five times, on connection trouble, time-outs and 5xx (twilio.com/docs/usage/webhooks/webhooks-connection-overrides). Neither sent nor signed.</summary>
    private const string RetryFragment = "#rc=5&rp=ct,rt,5xx";

    /// <summary>Times of the provider are whole seconds, and asking takes time as well: a message in doubt is looked for from so much earlier.</summary>
    private static readonly TimeSpan Slack = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Seconds; without any, a text lies in the provider's queue for up to ten hours, past the night, the news and a STOP. With fewer than a quarter of an hour a
    /// queue that is a little longer than usual would cost readers their texts.
    /// </summary>
    private const double LeastValidity = 900;

    /// <inheritdoc cref="LeastValidity" />
    private const double MostValidity = 14_400;

    private readonly Dictionary<string, TwilioSenderOptions> _senders = options.Value.Senders.ToDictionary(sender => sender.Name, StringComparer.Ordinal);

    public IReadOnlyList<Sender> Senders { get; } =
        [.. options.Value.Senders.Select(s => new Sender(s.Name, Channel.Text, s.SegmentsPerSecond, s.Concurrency, s.Slots) { Countries = [.. s.Countries] })];

    public async Task<SendOutcome> SendAsync(Outgoing message, CancellationToken cancellationToken)
    {
        using var request = CreateRequest((OutgoingText)message);
        try
        {
            using var client = clients.CreateClient(ClientName);
            using var response = await client.SendAsync(request, cancellationToken);
            return await ReadAsync(response, cancellationToken);
        }
        catch (HttpRequestException e) when (IsBeforeSending(e))
        {
            return new SendOutcome.TryLater("the provider could not be reached", Trouble: Trouble.Away);
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException or IOException)
        {
            return new SendOutcome.InDoubt("the connection was lost or timed out");
        }
    }

    /// <summary>The request as documented; the callback carries the delivery's id, so that it can come before this answer.</summary>
    internal HttpRequestMessage CreateRequest(OutgoingText text)
    {
        var sender = _senders[text.Sender];
        var form = new List<KeyValuePair<string, string>>
        {
            new("To", text.Address),
            sender.MessagingServiceSid.Length > 0 ? new("MessagingServiceSid", sender.MessagingServiceSid) : new("From", sender.From),
            new("Body", text.Body),
            new("StatusCallback", address.Link(string.Create(CultureInfo.InvariantCulture, $"/webhooks/twilio/status/{text.DeliveryId}")) + RetryFragment),
            // The text is normalised and counted by us; the estimate is the bill.
            new("SmartEncoded", "false"),
            new("ValidityPeriod", ((int)Math.Clamp(text.Life.TotalSeconds, LeastValidity, MostValidity)).ToString(CultureInfo.InvariantCulture)),
        };
        return new HttpRequestMessage(HttpMethod.Post, MessagesUrl()) { Content = new FormUrlEncodedContent(form), Headers = { Authorization = options.Value.Credentials } };
    }

    public async Task<Finding> FindAsync(MessageInDoubt message, CancellationToken cancellationToken)
    {
        // No filter by DateSent: it is null until the message was sent, and a day wide.
        using var request = new HttpRequestMessage(HttpMethod.Get, $"{MessagesUrl()}?To={Uri.EscapeDataString(message.Address)}&PageSize=100") { Headers = { Authorization = options.Value.Credentials } };
        var asked = clock.GetTimestamp();
        try
        {
            using var client = clients.CreateClient(ClientName);
            using var response = await client.SendAsync(request, cancellationToken);
            if (response.StatusCode != HttpStatusCode.OK)
            {
                return new Finding.NoAnswer($"the provider answered {(int)response.StatusCode}");
            }

            var page = await JsonSerializer.DeserializeAsync(await response.Content.ReadAsStreamAsync(cancellationToken), TwilioJson.Default.MessagePage, cancellationToken);
            if (page?.Messages is not { } messages)
            {
                return new Finding.NoAnswer("the provider's answer has no list of messages");
            }

            // By the provider's clock alone: how long ago it was is known, whatever the time is here.
            var earliest = (response.Headers.Date ?? clock.GetUtcNow()) - message.Age - clock.GetElapsedTime(asked) - Slack;
            var found = messages.Where(m => m.Direction == "outbound-api" && m.Body is { } body && message.Words.Contains(body) && m.Created >= earliest).MinBy(m => m.Created);
            return found?.Sid is { } sid ? new Finding.Found(sid) : new Finding.NotFound();
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException or IOException or JsonException)
        {
            return new Finding.NoAnswer("the provider could not be asked");
        }
    }

    public async Task<Receipt?> StatusAsync(string sender, string providerMessageId, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, MessagesUrl().Replace(".json", $"/{Uri.EscapeDataString(providerMessageId)}.json", StringComparison.Ordinal)) { Headers = { Authorization = options.Value.Credentials } };
        try
        {
            using var client = clients.CreateClient(ClientName);
            using var response = await client.SendAsync(request, cancellationToken);
            if (response.StatusCode == HttpStatusCode.NotFound)
            {
                return null;
            }

            response.EnsureSuccessStatusCode();
            var state = await JsonSerializer.DeserializeAsync(await response.Content.ReadAsStreamAsync(cancellationToken), TwilioJson.Default.MessageState, cancellationToken);
            return TwilioWebhooks.Read(state?.Status ?? "", providerMessageId, state?.ErrorCode, policy);
        }
        catch (Exception e) when (e is IOException or JsonException or TaskCanceledException)
        {
            throw new HttpRequestException("The provider's answer could not be read.", e);
        }
    }

    private async Task<SendOutcome> ReadAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var status = (int)response.StatusCode;
        try
        {
            var answer = await JsonSerializer.DeserializeAsync(await response.Content.ReadAsStreamAsync(cancellationToken), TwilioJson.Default.MessageAnswer, cancellationToken);
            return status is 200 or 201 && answer?.Sid is { Length: > 0 } sid
                ? new SendOutcome.Accepted(sid)
                : policy.Read(status, answer?.Code, RetryAfter(response));
        }
        catch (JsonException)
        {
            // A success that cannot be read was a success all the same, maybe: the policy makes 2xx without a sid a doubt.
            return policy.Read(status, null, RetryAfter(response));
        }
    }

    private static TimeSpan? RetryAfter(HttpResponseMessage response) => response.Headers.RetryAfter?.Delta;

    /// <summary>Nothing of the request can have been read: no name, no connection, no TLS.</summary>
    private static bool IsBeforeSending(HttpRequestException e) =>
        e.HttpRequestError is HttpRequestError.NameResolutionError or HttpRequestError.ConnectionError or HttpRequestError.SecureConnectionError
        || e.InnerException is SocketException { SocketErrorCode: SocketError.ConnectionRefused or SocketError.HostNotFound };

    private string MessagesUrl() => $"{options.Value.BaseUrl.TrimEnd('/')}/2010-04-01/Accounts/{options.Value.AccountSid}/Messages.json";
}
