using System.Data.Common;
using System.Globalization;
using Notify.Storage;

namespace Notify.Deliveries;

/// <summary>
/// The question asked just before a message is handed over: is it still wanted? One connection and one prepared statement a lane; its senders
/// ask one after the other, so a wide lane takes no more of the database than a narrow one.
/// </summary>
internal sealed class LastLook(Database database) : IAsyncDisposable
{
    private readonly SemaphoreSlim _turn = new(1, 1);
    private DbConnection? _connection;
    private DbCommand? _command;

    public async Task<DropReason> AskAsync(ClaimedRow row)
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
