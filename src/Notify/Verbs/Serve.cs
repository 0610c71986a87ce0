using Microsoft.Extensions.Options;
using Notify.Hosting;
using Notify.Storage;
using Notify.Web;

namespace Notify.Verbs;

/// <summary>The default verb: everything on this machine, or one of the two roles.</summary>
internal static class Serve
{
    public static async Task<int> RunAsync(string[] args, HostRole role, CancellationToken cancellationToken)
    {
        await using var app = NotifyApp.Build(args, role);
        SettingsCheck.ThrowIfWrong(app);
        if (role != HostRole.All && app.Services.GetRequiredService<IOptions<DatabaseOptions>>().Value.Provider == DatabaseProvider.Sqlite)
        {
            Console.Error.WriteLine("The roles web and worker on their own need PostgreSQL: set Database:Provider to Postgres and Database:ConnectionString. With SQLite, run without --role.");
            return 1;
        }

#if SANDBOX
        await using var carrier = await Sandbox.StartWithAsync(app, role, cancellationToken);
#endif
        if (SandboxSettings.Read(app.Configuration, app.Environment) is { IsEnabled: true, IsDemo: true })
        {
            await app.Services.GetRequiredService<Schema>().MigrateAsync(cancellationToken);
            await ActivatorUtilities.CreateInstance<Seeds>(app.Services).SeedEmptyAsync(cancellationToken);
        }

        await app.StartAsync(cancellationToken);
        await StartBlock.PrintAsync(app, role, cancellationToken);
        await app.WaitForShutdownAsync(cancellationToken);
        return 0;
    }
}
