using Notify.Inbound.Returns;

namespace Notify.Providers.Postmark;

internal static class PostmarkSetup
{
    public static void AddPostmark(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton<IMailService, PostmarkWebhook>();
    }
}
