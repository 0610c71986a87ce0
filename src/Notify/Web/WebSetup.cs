namespace Notify.Web;

internal static class WebSetup
{
    public static void AddWeb(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton(Random.Shared);
        builder.Services.AddSingleton(services => new Keys(builder.Configuration["Keys:Root"], services.GetRequiredService<Storage.DataFolder>()));
        builder.Services.AddSingleton(SandboxSettings.Read(builder.Configuration, builder.Environment));
        builder.Services.AddSingleton<OutboundHttp>();
        builder.Services.AddSingleton<LinkTokens>();
        builder.Services.AddSingleton<PublicAddress>();
        builder.Services.AddRazorComponents();
    }
}
