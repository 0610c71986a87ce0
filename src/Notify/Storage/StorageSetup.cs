using System.Data.Common;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Notify.Storage;

internal static class StorageSetup
{
    public static void AddStorage(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton(new SettingsSection("Database", typeof(DatabaseOptions)));
        builder.Services.AddOptions<DatabaseOptions>().BindConfiguration("Database").ValidateDataAnnotations().ValidateOnStart();
        builder.Services.AddSingleton<IValidateOptions<DatabaseOptions>, DatabaseRules>();
        builder.Services.AddSingleton(new SettingsSection("Data", typeof(DataFolder.Settings)));
        builder.Services.AddSingleton(new DataFolder(builder.Configuration["Data:Folder"]));
        builder.Services.AddSingleton<NotifyModel>();
        builder.Services.AddSingleton(services =>
        {
            var options = services.GetRequiredService<IOptions<DatabaseOptions>>().Value;
            var clock = services.GetRequiredService<TimeProvider>();
            if (options is { Provider: DatabaseProvider.Sqlite, ConnectionString.Length: 0 })
            {
                var folder = services.GetRequiredService<DataFolder>();
                folder.Create();
                options.ConnectionString = $"Data Source={folder.File("notify.db")}";
            }

            return Database.Open(options, services.GetRequiredService<NotifyModel>(), clock);
        });
        builder.Services.AddSingleton<Schema>();
    }

    private sealed class DatabaseRules : IValidateOptions<DatabaseOptions>
    {
        public ValidateOptionsResult Validate(string? name, DatabaseOptions options) =>
            options is { Provider: DatabaseProvider.Postgres, ConnectionString.Length: 0 }
                ? ValidateOptionsResult.Fail("Database:ConnectionString is empty. Set it, for example to Host=localhost;Database=notify;Username=notify.")
                : CanRead(options)
                    ? ValidateOptionsResult.Success
                    : ValidateOptionsResult.Fail($"Database:ConnectionString is not one that {options.Provider} understands.");

        private static bool CanRead(DatabaseOptions options)
        {
            try
            {
                DbConnectionStringBuilder read = options.Provider == DatabaseProvider.Postgres ? new NpgsqlConnectionStringBuilder() : new SqliteConnectionStringBuilder();
                read.ConnectionString = options.ConnectionString;
                return true;
            }
            catch (Exception e) when (e is ArgumentException or FormatException or InvalidCastException)
            {
                return false;
            }
        }
    }
}
