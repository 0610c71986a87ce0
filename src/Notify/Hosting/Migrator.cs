using Notify.Storage;

namespace Notify.Hosting;

/// <summary>Brings the schema up to date before anything reads it; safe from several nodes at once.</summary>
internal sealed class Migrator(Schema schema, IServiceProvider services) : IHostedLifecycleService
{
    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        await schema.MigrateAsync(cancellationToken);
        await services.GetRequiredService<Installation>().CheckKeyAsync(cancellationToken);
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
