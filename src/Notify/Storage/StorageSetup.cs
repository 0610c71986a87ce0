using Microsoft.Extensions.Options;

namespace Notify.Storage;

internal static class StorageSetup
{
    public static void AddStorage(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton(new SettingsSection("Database", typeof(DatabaseOptions)));
        builder.Services.AddOptions<DatabaseOptions>().BindConfiguration("Database").ValidateDataAnnotations().ValidateOnStart();
        builder.Services.AddSingleton<IValidateOptions<DatabaseOptions>, DatabaseRules>();
        builder.Services.AddSingleton(new DataFolder(builder.Configuration["Data:Folder"]));
        builder.Services.AddSingleton<NotifyModel>();
        builder.Services.AddSingleton(services =>
        {
            var options = services.GetRequiredService<IOptions<DatabaseOptions>>().Value;
            var clock = services.GetRequiredService<TimeProvider>();
            if (options is { Provider: DatabaseProvider.Sqlite, ConnectionString.Length: 0 })
            {
                var folder = services.GetRequiredService<DataFolder>();
                Directory.CreateDirectory(folder.Path);
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
                : ValidateOptionsResult.Success;
    }
}
