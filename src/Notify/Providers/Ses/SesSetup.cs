using Notify.Inbound.Returns;

namespace Notify.Providers.Ses;

internal static class SesSetup
{
    public static void AddSes(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton(services => new SnsProof(services.GetRequiredService<Web.OutboundHttp>()));
        builder.Services.AddSingleton<IMailService, SesWebhook>();
    }
}
