using Notify.Inbound.Returns;

namespace Notify.Providers.Mailgun;

internal static class MailgunSetup
{
    public static void AddMailgun(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton<IMailService, MailgunWebhook>();
    }
}
