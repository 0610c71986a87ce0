using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Options;
using Notify.Contacts;
using Notify.Deliveries;
using Notify.Web;

namespace Notify.Providers.Http;

/// <summary>Texts through any gateway that takes them over HTTP, as the settings describe it. Nothing is known of repeated requests there, so each text is one request.</summary>
internal sealed class GatewayTexts(IHttpClientFactory clients, IOptions<HttpTextsOptions> options, PublicAddress address, TimeProvider clock) : ITakeMessages
{
    public const string ClientName = "texts";

    private readonly Dictionary<string, (GatewayOptions Gateway, GatewaySenderOptions Sender)> _senders = options.Value.HttpTexts
        .SelectMany(gateway => gateway.Senders.Select(sender => (gateway, sender)))
        .GroupBy(pair => pair.sender.Name, StringComparer.Ordinal).ToDictionary(group => group.Key, group => group.First(), StringComparer.Ordinal);

    public IReadOnlyList<Sender> Senders { get; } =
        [.. options.Value.HttpTexts.SelectMany(gateway => gateway.Senders).Select(s => new Sender(s.Name, Channel.Text, s.SegmentsPerSecond, s.Concurrency, s.Slots) { Countries = [.. s.Countries] })];

    public async Task<SendOutcome> SendAsync(Outgoing message, CancellationToken cancellationToken)
    {
        var (gateway, sender) = _senders[message.Sender];
        using var request = CreateRequest(gateway, sender, (OutgoingText)message);
        try
        {
            using var client = clients.CreateClient(ClientName);
            using var response = await client.SendAsync(request, cancellationToken);
            return Answers.Read(gateway, response, await response.Content.ReadAsByteArrayAsync(cancellationToken), clock.GetUtcNow());
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

    public async Task<Finding> FindAsync(MessageInDoubt message, CancellationToken cancellationToken)
    {
        var gateway = _senders[message.Sender].Gateway;
        if (gateway.Find.Url.Length == 0)
        {
            return new Finding.Hold();
        }

        var url = new Template(gateway.Find.Url, TemplateKind.Url);
        using var request = new HttpRequestMessage(HttpMethod.Get, url.Fill(name => name == "id" ? Id(message.DeliveryId) : Number(name, message.Address)));
        AddHeaders(request, gateway);
        var asked = clock.GetTimestamp();
        try
        {
            using var client = clients.CreateClient(ClientName);
            using var response = await client.SendAsync(request, cancellationToken);
            if (response.StatusCode != HttpStatusCode.OK)
            {
                // A 404 too: a wrong address answers it for messages that are there.
                return new Finding.NoAnswer($"the provider answered {(int)response.StatusCode}");
            }

            // By the provider's clock alone: how long ago it was is known, whatever the time is here.
            var sent = (response.Headers.Date ?? clock.GetUtcNow()) - message.Age - clock.GetElapsedTime(asked);
            return Search.Read(gateway.Find, await response.Content.ReadAsByteArrayAsync(cancellationToken), message.Words, sent);
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException or IOException)
        {
            return new Finding.NoAnswer("the provider could not be asked");
        }
    }

    private HttpRequestMessage CreateRequest(GatewayOptions gateway, GatewaySenderOptions sender, OutgoingText text)
    {
        var request = new HttpRequestMessage(new HttpMethod(gateway.Method.ToString().ToUpperInvariant()), new Template(gateway.Url, TemplateKind.Url).Fill(Value))
        {
            // Even when it is empty: a request with a body is never sent again behind our back when a kept connection turns out to be closed.
            Content = gateway.BodyType == GatewayBody.Json
                ? Content(new Template(gateway.Body, TemplateKind.Json).Fill(Value), "application/json")
                : Content(new Template(gateway.Body, TemplateKind.Url).Fill(Value), "application/x-www-form-urlencoded"),
        };
        AddHeaders(request, gateway);
        return request;

        string Value(string name) => name switch
        {
            "from" => sender.From,
            "text" => text.Body,
            "id" => Id(text.DeliveryId),
            "statusUrl" => address.Link($"/webhooks/texts/{gateway.Name}/status/{Id(text.DeliveryId)}"),
            _ => Number(name, text.Address),
        };
    }

    private static ByteArrayContent Content(string body, string type)
    {
        var content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
        content.Headers.ContentType = body.Length == 0 ? null : new MediaTypeHeaderValue(type);
        return content;
    }

    private static void AddHeaders(HttpRequestMessage request, GatewayOptions gateway)
    {
        foreach (var (name, value) in gateway.Headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }
    }

    private static string Number(string name, string number) => name == "toDigits" ? number.TrimStart('+') : number;

    private static string Id(long deliveryId) => deliveryId.ToString(CultureInfo.InvariantCulture);

    /// <summary>Nothing of the request can have been read: no name, no connection, no TLS.</summary>
    private static bool IsBeforeSending(HttpRequestException e) =>
        e.HttpRequestError is HttpRequestError.NameResolutionError or HttpRequestError.ConnectionError or HttpRequestError.SecureConnectionError or HttpRequestError.ProxyTunnelError
        || e.InnerException is SocketException { SocketErrorCode: SocketError.ConnectionRefused or SocketError.HostNotFound };
}
