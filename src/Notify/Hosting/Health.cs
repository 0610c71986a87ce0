using Microsoft.Extensions.Diagnostics.HealthChecks;
using Notify.Storage;

namespace Notify.Hosting;

/// <summary>Ready means: the database answers and has the schema this build needs.</summary>
internal sealed class DatabaseHealth(Database database, Schema schema) : IHealthCheck
{
    private bool _isCurrent;

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            await using var connection = await database.ConnectAsync(cancellationToken);
            await using var command = connection.CreateCommand();
            command.CommandText = "SELECT 1";
            await command.ExecuteScalarAsync(cancellationToken);
            _isCurrent = _isCurrent || schema.IsCurrent();
            return _isCurrent ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy("The schema is older than this build; run migrate.");
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            return HealthCheckResult.Unhealthy("The database does not answer.");
        }
    }
}
