using System.Data.Common;
using System.Globalization;
using Notify.Storage;

namespace Notify.Deliveries;

/// <summary>
/// The question asked just before a message is handed over: is it still wanted? Where nothing was revoked since the claim, the claim has answered it. One connection and one prepared statement a lane; its senders
/// ask one after the other, so a wide lane takes no more of the database than a narrow one.
/// </summary>
/// <param name="withdrawals">Null: the database is always asked.</param>
internal sealed class LastLook(Database database, Withdrawals? withdrawals = null) : IAsyncDisposable
{
    private readonly SemaphoreSlim _turn = new(1, 1);
    private DbConnection? _connection;
    private DbCommand? _command;

    public ValueTask<DropReason> AskAsync(ClaimedRow row) =>
        row.Withdrawals != Withdrawals.Unknown && withdrawals?.IsStill(row.Withdrawals) == true ? new ValueTask<DropReason>(DropReason.None) : new ValueTask<DropReason>(AskDatabaseAsync(row));

    private async Task<DropReason> AskDatabaseAsync(ClaimedRow row)
    {
        await _turn.WaitAsync(CancellationToken.None);
        try
        {
            _command ??= await OpenAsync();
            _command.Parameters["contact"].Value = row.ContactId;
            _command.Parameters["created"].Value = row.CreatedAt.ToUnixTimeMilliseconds();
            _command.Parameters["source"].Value = row.SourceId;
            _command.Parameters["scope"].Value = row.Scope ?? (object)DBNull.Value;
            return (DropReason)Convert.ToInt32(await _command.ExecuteScalarAsync(CancellationToken.None), CultureInfo.InvariantCulture);
        }
        catch
        {
            // The next one opens anew.
            await CloseAsync();
            throw;
        }
        finally
        {
            _turn.Release();
        }
    }

    private async Task<DbCommand> OpenAsync()
    {
        _connection = await database.ConnectAsync(CancellationToken.None);
        var command = _connection.CreateCommand();
        command.CommandText = DeliverySql.StillWanted;
        Sql.Bind(command, "contact", 0L);
        Sql.Bind(command, "created", 0L);
        Sql.Bind(command, "source", Guid.Empty);
        Sql.BindText(command, "scope", null);
        return command;
    }

    private async Task CloseAsync()
    {
        if (_command is not null)
        {
            await _command.DisposeAsync();
        }

        if (_connection is not null)
        {
            await _connection.DisposeAsync();
        }

        (_command, _connection) = (null, null);
    }

    public async ValueTask DisposeAsync()
    {
        await CloseAsync();
        _turn.Dispose();
    }
}
