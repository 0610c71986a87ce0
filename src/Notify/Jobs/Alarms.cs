using Microsoft.EntityFrameworkCore;
using Notify.Storage;

namespace Notify.Jobs;

/// <summary>The list of what a person must look at: a row per trouble, counted, not repeated.</summary>
internal sealed partial class Alarms(Database database, ILogger<Alarms> logger) : IAlarm
{
    public Task RaiseAsync(string name, string text, CancellationToken cancellationToken) => database.WriteAsync(async write =>
    {
        await RaiseAsync(write, name, text);
        return 0;
    }, cancellationToken);

    public async Task RaiseAsync(Write write, string name, string text)
    {
        var times = await write.ScalarAsync<object>("""
            INSERT INTO alarms (name, text, raised_at, last_at, times) VALUES (@name, @text, @now, @now, 1)
            ON CONFLICT (name) DO UPDATE SET text = excluded.text, last_at = excluded.last_at, cleared_at = NULL,
              times = CASE WHEN alarms.cleared_at IS NULL THEN alarms.times + 1 ELSE 1 END,
              raised_at = CASE WHEN alarms.cleared_at IS NULL THEN alarms.raised_at ELSE excluded.raised_at END,
              mailed_at = CASE WHEN alarms.cleared_at IS NULL THEN alarms.mailed_at END,
              seen_at = CASE WHEN alarms.cleared_at IS NULL THEN alarms.seen_at END
            RETURNING times
            """, ("name", name), ("text", text), ("now", await write.NowAsync()));
        if (times is 1 or 1L)
        {
            write.AfterCommit(() => LogRaised(name, text));
        }
    }

    public async Task<IReadOnlyList<OpenAlarm>> OpenAsync(CancellationToken cancellationToken)
    {
        await using var db = database.Read();
        return await db.Alarms.Where(a => a.ClearedAt == null).Select(a => new OpenAlarm(a.Name, a.RaisedAt, a.LastAt)).ToListAsync(cancellationToken);
    }

    public Task ClearAsync(string name, CancellationToken cancellationToken) => database.WriteAsync(async write =>
    {
        await ClearAsync(write, name);
        return 0;
    }, cancellationToken);

    public async Task ClearAsync(Write write, string name) =>
        await write.ExecuteAsync("UPDATE alarms SET cleared_at = @now WHERE name = @name AND cleared_at IS NULL", ("name", name), ("now", await write.NowAsync()));

    [LoggerMessage(Level = LogLevel.Error, Message = "Alarm {Name}: {Text}")]
    private partial void LogRaised(string name, string text);
}

/// <summary>One trouble that waits for a person.</summary>
public sealed class Alarm
{
    public required string Name { get; init; }

    public required string Text { get; set; }

    public required DateTimeOffset RaisedAt { get; set; }

    public required DateTimeOffset LastAt { get; set; }

    public required int Times { get; set; }

    public DateTimeOffset? ClearedAt { get; set; }

    /// <summary>When it was last mailed while it was open.</summary>
    public DateTimeOffset? MailedAt { get; set; }

    /// <summary>What the last mail's delivery is about.</summary>
    public Guid? MailId { get; set; }

    /// <summary>When an operator said that they know.</summary>
    public DateTimeOffset? SeenAt { get; set; }
}

internal static class JobsSetup
{
    extension(NotifyDb db)
    {
        public DbSet<Alarm> Alarms => db.Set<Alarm>();
    }

    public static void AddJobs(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton<IAlarm, Alarms>();
        builder.Services.AddSingleton<Doctor>();
        builder.Services.AddSingleton(new NotifyTable(model => model.Entity<Alarm>().ToTable("alarms").HasKey(a => a.Name)));
    }
}
