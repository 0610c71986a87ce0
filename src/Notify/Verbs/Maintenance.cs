using Notify.Hosting;
using Notify.Jobs;
using Notify.Operators;
using Notify.Storage;

namespace Notify.Verbs;

/// <summary>The verbs that do one thing and end.</summary>
internal static class Maintenance
{
    public static async Task<int> MigrateAsync(string[] args, CancellationToken cancellationToken)
    {
        await using var app = NotifyApp.Build(args);
        await app.Services.GetRequiredService<Schema>().MigrateAsync(cancellationToken);
        await app.Services.GetRequiredService<Installation>().CheckKeyAsync(cancellationToken);
        Console.WriteLine("The database has the newest schema.");
        return 0;
    }

    public static async Task<int> SeedAsync(string[] args, int readers, CancellationToken cancellationToken)
    {
        await using var app = NotifyApp.Build(args);
        await app.Services.GetRequiredService<Schema>().MigrateAsync(cancellationToken);
        await app.Services.GetRequiredService<Installation>().CheckKeyAsync(cancellationToken);
        var seeds = ActivatorUtilities.CreateInstance<Seeds>(app.Services);
        Console.WriteLine($"{await seeds.SeedAsync(cancellationToken)} demo readers are new.");
        if (readers > 0)
        {
            var progress = new Progress<int>(done => Console.Write($"\r{done} of {readers} "));
            var added = await seeds.SeedManyAsync(readers, progress, cancellationToken);
            Console.WriteLine($"\r{added} more readers are confirmed.");
        }

        return 0;
    }

    public static async Task<int> CheckAsync(string[] args, CancellationToken cancellationToken)
    {
        await using var app = NotifyApp.Build(args);
        var isGood = true;
        foreach (var check in app.Services.GetServices<ICheck>())
        {
            foreach (var line in await LinesAsync(check, cancellationToken))
            {
                Console.WriteLine($"{(line.IsGood ? "good" : "BAD ")}  {line.What}: {line.Says}");
                isGood &= line.IsGood;
            }
        }

        return isGood ? 0 : 1;
    }

    /// <summary>A check that cannot even look says so, and the others still look.</summary>
    private static async Task<IReadOnlyList<CheckResult>> LinesAsync(ICheck check, CancellationToken cancellationToken)
    {
        try
        {
            return await check.CheckAsync(cancellationToken);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            return [new CheckResult(check.GetType().Name, false, $"it could not look ({e.GetType().Name}); run migrate first, or see the lines about the database")];
        }
    }

    public static async Task<int> CreateKeyAsync(string[] args, string name, string scopes, CancellationToken cancellationToken)
    {
        string[] wanted = scopes.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (wanted.FirstOrDefault(s => !ApiKeys.Scopes.Contains(s)) is { } unknown)
        {
            Console.Error.WriteLine($"There is no scope '{unknown}'. The scopes are: {string.Join(", ", ApiKeys.Scopes)}.");
            return 1;
        }

        await using var app = NotifyApp.Build(args);
        await app.Services.GetRequiredService<Schema>().MigrateAsync(cancellationToken);
        Console.WriteLine(await app.Services.GetRequiredService<ApiKeys>().CreateAsync(name, wanted, cancellationToken));
        return 0;
    }

    public static async Task<int> CreateOperatorAsync(string[] args, string email, string role, CancellationToken cancellationToken)
    {
        await using var app = NotifyApp.Build(args);
        await app.Services.GetRequiredService<Schema>().MigrateAsync(cancellationToken);
        var path = await app.Services.GetRequiredService<SignIns>().CreateLinkAsync(email, Enum.Parse<Role>(role, ignoreCase: true), "command line", cancellationToken);
        // This process does not listen: without PublicUrl the address is the default one.
        Console.WriteLine((app.Configuration["PublicUrl"]?.TrimEnd('/') ?? Settings.DefaultUrl) + path);
        return 0;
    }
}
