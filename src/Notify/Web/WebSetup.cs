namespace Notify.Web;

internal static class WebSetup
{
    public static void AddWeb(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton(Random.Shared);
        builder.Services.AddSingleton(services => new Keys(builder.Configuration["Keys:Root"], services.GetRequiredService<Storage.DataFolder>()));
        builder.Services.AddSingleton(SandboxSettings.Read(builder.Configuration, builder.Environment));
        // The contact in the User-Agent: whoever is asked too often must be able to say so.
        builder.Services.AddSingleton(services => new OutboundHttp(
            Uri.TryCreate(builder.Configuration["Publication:Url"], UriKind.Absolute, out var contact) ? contact : new Uri("https://localhost"), services.GetRequiredService<TimeProvider>()));
        builder.Services.AddSingleton<LinkTokens>();
        builder.Services.AddSingleton<PublicAddress>();
        builder.Services.AddRazorComponents();
    }
}
