using Notify.Storage;

namespace Notify.Web;

internal static class WebSetup
{
    public static void AddWeb(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton(Random.Shared);
        builder.Services.AddSingleton(services => new Keys(builder.Configuration["Keys:Root"], builder.Configuration.GetSection("Keys:Previous").Get<string[]>() ?? [], services.GetRequiredService<Storage.DataFolder>()));
        builder.Services.AddSingleton(new SettingsSection("Keys", typeof(Keys.Settings)));
        builder.Services.AddSingleton(new SettingsSection("Sandbox", typeof(SandboxSettings.Keys)));
        builder.Services.AddSingleton(SandboxSettings.Read(builder.Configuration, builder.Environment));
        // The contact in the User-Agent: whoever is asked too often must be able to say so.
        builder.Services.AddSingleton(services => new OutboundHttp(ContactOf(builder.Configuration), services.GetRequiredService<TimeProvider>()));
        builder.Services.AddSingleton<LinkTokens>();
        builder.Services.AddSingleton<PublicAddress>();
        builder.Services.AddSingleton<WebhookLog>();
        builder.Services.AddRazorComponents();
    }

    private static Uri? ContactOf(IConfiguration configuration) =>
        Uri.TryCreate(configuration["Publication:Url"], UriKind.Absolute, out var site) ? site
        : Uri.TryCreate(configuration["PublicUrl"], UriKind.Absolute, out var own) ? own
        : null;
}
