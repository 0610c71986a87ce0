using System.Data.Common;

namespace Notify.Storage;

/// <summary>The statements of one connection, prepared once: reading the SQL of a hot statement costs more than running it.</summary>
internal sealed class Statements(DbConnection connection)
{
    /// <summary>More than the hot path has; a statement put together at run time must not fill the memory.</summary>
    private const int Most = 256;

    private readonly Dictionary<string, DbCommand> _known = new(StringComparer.Ordinal);

    /// <summary>The statement, with these values. It belongs to the caller until the next one asks for it.</summary>
    public DbCommand Bind(string sql, DbTransaction transaction, (string Name, object? Value)[] parameters)
    {
        if (_known.TryGetValue(sql, out var command) && command.Parameters.Count == parameters.Length)
        {
            for (var i = 0; i < parameters.Length; i++)
            {
                // By name and not by place: two callers may give the same values in another order.
                command.Parameters[parameters[i].Name].Value = Sql.Value(parameters[i].Value);
            }
        }
        else
        {
            Forget(sql, command);
            command = connection.CreateCommand();
            command.CommandText = sql;
            foreach (var (name, value) in parameters)
            {
                Sql.Bind(command, name, value);
            }

            _known[sql] = command;
        }

        command.Transaction = transaction;
        return command;
    }

    private void Forget(string sql, DbCommand? other)
    {
        other?.Dispose();
        _known.Remove(sql);
        if (_known.Count < Most)
        {
            return;
        }

        foreach (var command in _known.Values)
        {
            command.Dispose();
        }

        _known.Clear();
    }
}
