using Notify.Contacts;
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
        await using var app = await OpenAsync(args, cancellationToken);
        Console.WriteLine("The database has the newest schema.");
        return 0;
    }

    public static async Task<int> SeedAsync(string[] args, int readers, CancellationToken cancellationToken)
    {
        await using var app = await OpenAsync(args, cancellationToken);
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
        try
        {
            SettingsCheck.ThrowIfWrong(app);
        }
        catch (SettingsException e)
        {
            Report([.. e.Faults.Select(fault => new CheckResult("settings", CheckMark.Bad, fault))]);
            return 1;
        }

        var isGood = true;
        await foreach (var lines in app.Services.GetRequiredService<Doctor>().LookAsync(cancellationToken))
        {
            isGood &= Report(lines);
        }

        return isGood ? 0 : 1;
    }

    public static async Task<int> CreateKeyAsync(string[] args, string name, string scopes, CancellationToken cancellationToken)
    {
        string[] wanted = scopes.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (wanted.FirstOrDefault(s => !ApiKeys.Scopes.Contains(s)) is { } unknown)
        {
            Console.Error.WriteLine($"There is no scope '{unknown}'. The scopes are: {string.Join(", ", ApiKeys.Scopes)}.");
            return 1;
        }

        await using var app = await OpenAsync(args, cancellationToken);
        Console.WriteLine(await app.Services.GetRequiredService<ApiKeys>().CreateAsync(name, wanted, cancellationToken));
        return 0;
    }

    public static async Task<int> CreateOperatorAsync(string[] args, string email, string role, CancellationToken cancellationToken)
    {
        if (!EmailAddress.TryParse(email, out var address, out var problem))
        {
            Console.Error.WriteLine(problem);
            return 1;
        }

        await using var app = await OpenAsync(args, cancellationToken);
        var path = await app.Services.GetRequiredService<SignIns>().CreateLinkAsync(address.Value, Enum.Parse<Role>(role, ignoreCase: true), "command line", cancellationToken);
        // This process does not listen: without PublicUrl the address is the default one.
        Console.WriteLine((app.Configuration["PublicUrl"]?.TrimEnd('/') ?? Settings.DefaultUrl) + path);
        return 0;
    }

    /// <summary>The program with its settings held against what there is to set, and the newest schema under it.</summary>
    private static async Task<WebApplication> OpenAsync(string[] args, CancellationToken cancellationToken)
    {
        var app = NotifyApp.Build(args);
        SettingsCheck.ThrowIfUnknown(app);
        await app.Services.GetRequiredService<Schema>().MigrateAsync(cancellationToken);
        await app.Services.GetRequiredService<Installation>().CheckKeyAsync(cancellationToken);
        return app;
    }

    private static bool Report(IReadOnlyList<CheckResult> lines)
    {
        foreach (var line in lines)
        {
            Console.WriteLine(line);
        }

        return lines.All(line => line.Mark != CheckMark.Bad);
    }
}
