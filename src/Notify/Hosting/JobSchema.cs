using Hangfire.PostgreSql;
using Microsoft.Extensions.Options;
using Notify.Storage;
using Npgsql;

namespace Notify.Hosting;

/// <summary>
/// Hangfire's own tables in PostgreSQL. It makes them when it starts and never looks again; should somebody drop them under a running node,
/// they are made anew, for nothing in them is worth more than a hint.
/// </summary>
internal sealed partial class JobSchema(IOptions<DatabaseOptions> options, ILogger<JobSchema> logger)
{
    public const string Name = "hangfire";

    /// <returns>Whether the tables were missing and are there again, so that it is worth another try.</returns>
    public bool Restored(Exception trouble)
    {
        if (options.Value.Provider != DatabaseProvider.Postgres || !IsMissing(trouble))
        {
            return false;
        }

        try
        {
            using var connection = new NpgsqlConnection(options.Value.ConnectionString);
            connection.Open();
            PostgreSqlObjectsInstaller.Install(connection, Name);
            LogRestored();
            return true;
        }
        catch (Exception e) when (e is NpgsqlException or InvalidOperationException)
        {
            LogNotRestored(e);
            return false;
        }
    }

    private static bool IsMissing(Exception? e) => e switch
    {
        null => false,
        PostgresException { SqlState: PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.InvalidSchemaName } => true,
        _ => IsMissing(e.InnerException),
    };

    [LoggerMessage(Level = LogLevel.Warning, Message = "The tables of the job storage were gone and have been made anew; the reconciler finds the work that was in them")]
    private partial void LogRestored();

    [LoggerMessage(Level = LogLevel.Error, Message = "The tables of the job storage are gone and could not be made anew; the next hint tries again")]
    private partial void LogNotRestored(Exception exception);
}
