using System.ComponentModel.DataAnnotations;

namespace Notify.Storage;

/// <summary>The two databases that behave as one.</summary>
public enum DatabaseProvider
{
    Sqlite,
    Postgres,
}

/// <summary>Section <c>Database</c>.</summary>
public sealed class DatabaseOptions
{
    /// <summary>Which database holds everything.</summary>
    /// <value>Default: <see cref="DatabaseProvider.Sqlite"/>.</value>
    [EnumDataType(typeof(DatabaseProvider))]
    public DatabaseProvider Provider { get; set; }

    /// <summary>How to reach it. Empty with SQLite means <c>notify.db</c> in the data folder.</summary>
    public string ConnectionString { get; set; } = "";
}
