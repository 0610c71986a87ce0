using Microsoft.Extensions.Options;
using Notify.Web;

namespace Notify.Providers.Twilio;

/// <summary>Calls our own public address as Twilio would, with a text that comes from nobody: it is verified, answered and not kept.</summary>
internal sealed class TwilioWebhookTest(IHttpClientFactory clients, IOptions<TwilioOptions> options, PublicAddress address) : IWebhookTest
{
    public string Provider => Signature.Provider;

    public string Address => address.Link("/webhooks/twilio/inbound");

    public async Task<(bool IsGood, string Says)> TestAsync(CancellationToken cancellationToken)
    {
        if (options.Value.AuthTokens.FirstOrDefault(token => token.Length > 0) is not { } token)
        {
            return (false, "There is no auth token in Twilio:AuthTokens to sign with.");
        }

        KeyValuePair<string, string>[] form = [new("MessageSid", "SM" + new string('0', 32)), new("From", ""), new("Body", "")];
        using var request = new HttpRequestMessage(HttpMethod.Post, Address) { Content = new FormUrlEncodedContent(form) };
        request.Headers.Add(Signature.Header, Signature.Compute(token, Address, form));
        try
        {
            using var client = clients.CreateClient(TwilioTexts.ClientName);
            using var response = await client.SendAsync(request, cancellationToken);
            return (int)response.StatusCode switch
            {
                200 => (true, "It came through, and its signature was right."),
                403 => (false, "It came through, and its signature was refused: something between here and there changes the address. The list below says how."),
                >= 300 and < 400 => (false, $"Something answered {(int)response.StatusCode} and leads elsewhere. A provider loses the message on the way: enter the address it leads to."),
                var status => (false, $"Something answered {status}. Look whether PublicUrl is the address of this server."),
            };
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
        {
            return (false, $"The address could not be reached from here: {e.Message}");
        }
    }
}
