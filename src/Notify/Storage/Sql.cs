using System.Data.Common;

namespace Notify.Storage;

/// <summary>The conventions of statements written by hand: instants as milliseconds, enums as numbers, ids as they are.</summary>
public static class Sql
{
    public static void Bind(DbCommand command, string name, object? value)
    {
        var parameter = command.CreateParameter();
        parameter.ParameterName = name;
        parameter.Value = Value(value);
        command.Parameters.Add(parameter);
    }

    /// <summary>A value as the database takes it.</summary>
    public static object Value(object? value) => value switch
    {
        null => DBNull.Value,
        DateTimeOffset instant => instant.ToUnixTimeMilliseconds(),
        Enum e => Convert.ToInt32(e, System.Globalization.CultureInfo.InvariantCulture),
        _ => value,
    };

    /// <summary>A text that may be null where the statement alone does not tell PostgreSQL its type.</summary>
    public static void BindText(DbCommand command, string name, string? value)
    {
        Bind(command, name, value);
        command.Parameters[^1].DbType = System.Data.DbType.String;
    }

    public static DateTimeOffset Instant(this DbDataReader reader, int column) => DateTimeOffset.FromUnixTimeMilliseconds(reader.GetInt64(column));

    public static string? Text(this DbDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetString(column);
}
