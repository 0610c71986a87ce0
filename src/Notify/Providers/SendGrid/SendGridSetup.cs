using Notify.Inbound.Returns;

namespace Notify.Providers.SendGrid;

internal static class SendGridSetup
{
    public static void AddSendGrid(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton<IMailService, SendGridWebhook>();
    }
}
