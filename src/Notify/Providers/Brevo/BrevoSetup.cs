using Notify.Inbound.Returns;

namespace Notify.Providers.Brevo;

internal static class BrevoSetup
{
    public static void AddBrevo(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton<IMailService, BrevoWebhook>();
    }
}
