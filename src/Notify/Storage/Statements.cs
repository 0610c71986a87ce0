using System.Data.Common;

namespace Notify.Storage;

/// <summary>The statements of one connection, prepared once: reading the SQL of a hot statement costs more than running it.</summary>
internal sealed class Statements(DbConnection connection)
{
    /// <summary>More than the hot path has; a statement put together at run time must not fill the memory.</summary>
    private const int Most = 256;

    private const string Mark = "@";

    private readonly Dictionary<string, DbCommand> _known = new(StringComparer.Ordinal);

    /// <summary>The statement, with these values. It belongs to the caller until the next one asks for it.</summary>
    public DbCommand Bind(string sql, DbTransaction transaction, (string Name, object? Value)[] parameters)
    {
        if (_known.TryGetValue(sql, out var command) && command.Parameters.Count == parameters.Length)
        {
            for (var i = 0; i < parameters.Length; i++)
            {
                // By name and not by place: two callers may give the same values in another order.
                var (name, value) = parameters[i];
                var parameter = command.Parameters[i];
                (Is(parameter, name) ? parameter : command.Parameters[Mark + name]).Value = Sql.Value(value);
            }
        }
        else
        {
            Forget(sql, command);
            command = connection.CreateCommand();
            command.CommandText = sql;
            foreach (var (name, value) in parameters)
            {
                // As it stands in the statement: the driver would try each of the marks there are, at every run.
                Sql.Bind(command, Mark + name, value);
            }

            _known[sql] = command;
        }

        command.Transaction = transaction;
        return command;
    }

    private static bool Is(DbParameter parameter, string name) => parameter.ParameterName.AsSpan(Mark.Length).SequenceEqual(name);

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
