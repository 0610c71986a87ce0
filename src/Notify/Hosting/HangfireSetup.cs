using Hangfire;
using Hangfire.AspNetCore;
using Hangfire.Common;
using Hangfire.InMemory;
using Hangfire.PostgreSql;
using Hangfire.PostgreSql.Factories;
using Hangfire.Server;
using Microsoft.Extensions.Options;
using Notify.Alerts;
using Notify.Articles;
using Notify.Deliveries;
using Notify.Jobs;
using Notify.Storage;

namespace Notify.Hosting;

/// <summary>Which part of the work a process does.</summary>
[Flags]
public enum HostRole
{
    Web = 1,
    Worker = 2,
    All = Web | Worker,
}

/// <summary>Hangfire as a bell: in memory with SQLite, in its own schema with PostgreSQL, one dashboard over all nodes.</summary>
internal static class HangfireSetup
{
    /// <summary>Each lane keeps a worker busy while it has work; plans and feeds must not wait for one.</summary>
    private const int SpareWorkers = 4;

    /// <summary>How long the dashboard shows a job that is done.</summary>
    private static readonly TimeSpan JobLife = TimeSpan.FromHours(1);

    public static void AddJobHost(this IHostApplicationBuilder builder, HostRole role)
    {
        // Before AddHangfire, which would take what is shared by every host of a process: one host's jobs must not run in another.
        builder.Services.AddSingleton(services => Storage(services.GetRequiredService<IOptions<DatabaseOptions>>().Value));
        builder.Services.AddSingleton<JobActivator>(services => new AspNetCoreJobActivator(services.GetRequiredService<IServiceScopeFactory>()));
        builder.Services.AddSingleton<IJobFilterProvider>(services => new JobFilterProviderCollection(
            GlobalJobFilters.Filters, new JobFilterAttributeFilterProvider(), new JobFilterCollection { new BegunFilter(services) }));
        builder.Services.AddHangfire((services, hangfire) =>
        {
            hangfire.UseLogProvider(new HangfireLogs(services.GetRequiredService<ILoggerFactory>()));
            hangfire.UseSimpleAssemblyNameTypeSerializer().UseRecommendedSerializerSettings();
        });
        builder.Services.AddSingleton<JobSchema>();
        builder.Services.AddSingleton<HangfireHints>();
        builder.Services.AddSingleton<IHints>(services => services.GetRequiredService<HangfireHints>());
        if (role.HasFlag(HostRole.Worker))
        {
            // Before the Hangfire server in the list: what was left undone is found before anything new begins.
            builder.Services.AddHostedService<Reconciler>();
            builder.Services.AddHostedService<Errands>();
            builder.Services.AddHangfireServer((services, server) =>
            {
                server.WorkerCount = services.GetRequiredService<Senders>().All.Sum(sender => sender.Slots) + SpareWorkers;
                server.StopTimeout = TimeSpan.FromSeconds(1);
                server.ShutdownTimeout = TimeSpan.FromSeconds(22);
                server.SchedulePollingInterval = TimeSpan.FromSeconds(5);
                server.CancellationCheckInterval = TimeSpan.FromSeconds(1);
            });
        }
    }

    private static JobStorage Storage(DatabaseOptions database)
    {
        if (database.Provider == DatabaseProvider.Sqlite)
        {
            return new InMemoryStorage(new InMemoryStorageOptions { MaxExpirationTime = JobLife });
        }

        var options = new PostgreSqlStorageOptions
        {
            SchemaName = JobSchema.Name,
            EnableLongPolling = true,
            QueuePollInterval = TimeSpan.FromSeconds(2),
            UseSlidingInvisibilityTimeout = true,
            InvisibilityTimeout = TimeSpan.FromMinutes(5),
            PrepareSchemaIfNecessary = true,
        };
        return new PostgreSqlStorage(new NpgsqlConnectionFactory(database.ConnectionString, options), options) { JobExpirationTimeout = JobLife };
    }

    /// <summary>Tells the hints that a job has begun, so that the next hint for it is given again.</summary>
    private sealed class BegunFilter(IServiceProvider services) : IServerFilter
    {
        private static readonly Dictionary<Type, string> Names = new()
        {
            [typeof(PollFeedsJob)] = JobNames.PollFeeds,
            [typeof(PlanAlertJob)] = JobNames.PlanAlert,
            [typeof(DrainLaneJob)] = JobNames.DrainLane,
        };

        public void OnPerforming(PerformingContext context)
        {
            var job = context.BackgroundJob.Job;
            if (Names.TryGetValue(job.Type, out var name) && job.Args is [var id, ..])
            {
                services.GetRequiredService<HangfireHints>().Begun(name, id?.ToString() ?? "");
            }
        }

        public void OnPerformed(PerformedContext context)
        {
        }
    }
}
