using Notify.Inbound.Returns;

namespace Notify.Providers.Resend;

internal static class ResendSetup
{
    public static void AddResend(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton<IMailService, ResendWebhook>();
    }
}
