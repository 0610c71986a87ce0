using Notify.Inbound.Returns;
using Notify.Web;

namespace Notify.Providers.Ses;

internal static class SesSetup
{
    public static void AddSes(this IHostApplicationBuilder builder)
    {
        // What a stranger's call can make us ask: little, briefly, no private address, and never where an answer leads on to.
        builder.Services.AddHttpClient(SnsCertificates.ClientName, client =>
            {
                client.Timeout = TimeSpan.FromSeconds(10);
                client.MaxResponseContentBufferSize = 64 * 1024;
            })
            .ConfigurePrimaryHttpMessageHandler(() => GuardedConnection.OfThisMachine.CreateHandler(allowPrivate: false))
            .RemoveAllLoggers();
        builder.Services.AddSingleton<SnsCertificates>();
        builder.Services.AddSingleton<SnsProof>();
        builder.Services.AddSingleton<IMailService, SesWebhook>();
    }
}
