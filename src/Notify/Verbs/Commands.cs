using System.CommandLine;
using Notify.Hosting;

namespace Notify.Verbs;

/// <summary>What the program can be told to do; without a verb it serves. Settings pass through: <c>--urls=…</c>, <c>--Database:Provider=Postgres</c>.</summary>
internal static class Commands
{
    public static async Task<int> RunAsync(string[] args)
    {
        var root = new RootCommand("Notify tells a news site's readers about new articles by text and by mail, and stops the moment they say STOP.");
        var role = new Option<string>("--role") { Description = "What this process does: all, web or worker.", DefaultValueFactory = _ => "all" };
        role.AcceptOnlyFromAmong("all", "web", "worker");

        var serve = Verb("serve", "Serves: pages, API, webhooks and sending.", role);
        serve.SetAction((parse, token) => Serve.RunAsync([.. parse.UnmatchedTokens], Enum.Parse<HostRole>(parse.GetValue(role)!, ignoreCase: true), token));
        var migrate = Verb("migrate", "Brings the database to the newest schema, then ends.");
        migrate.SetAction((parse, token) => Maintenance.MigrateAsync([.. parse.UnmatchedTokens], token));
        var readers = new Option<int>("--readers") { Description = "This many more confirmed readers, half by text, half by mail." };
        var seed = Verb("seed", "Writes the demo topics, readers and articles; again changes nothing.", readers);
        seed.SetAction((parse, token) => Maintenance.SeedAsync([.. parse.UnmatchedTokens], parse.GetValue(readers), token));
        var check = Verb("check", "The doctor: a line each; exit 1 when something is wrong.");
        check.SetAction((parse, token) => Maintenance.CheckAsync([.. parse.UnmatchedTokens], token));
        root.Subcommands.Add(serve);
        root.Subcommands.Add(migrate);
        root.Subcommands.Add(seed);
        root.Subcommands.Add(check);
        root.Subcommands.Add(KeyVerb());
        root.Subcommands.Add(OperatorVerb());
        root.Subcommands.Add(Explain.Verb());
#if SANDBOX
        var carrier = Verb("carrier", "Runs the local carrier alone.");
        carrier.SetAction((parse, token) => Sandbox.RunAsync([.. parse.UnmatchedTokens], token));
        root.Subcommands.Add(carrier);
#endif
        root.TreatUnmatchedTokensAsErrors = false;
        root.SetAction((parse, token) =>
            parse.UnmatchedTokens.FirstOrDefault(t => !t.StartsWith("--", StringComparison.Ordinal) && !IsValue(parse.UnmatchedTokens, t)) is { } stray
                ? Unknown(stray)
                : Serve.RunAsync([.. parse.UnmatchedTokens], HostRole.All, token));

        // The host has its own, longer shutdown; the default of two seconds would cut it short.
        return await root.Parse(args).InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null });
    }

    private static Command KeyVerb()
    {
        var name = new Option<string>("--name") { Description = "What the key is for.", Required = true };
        var scope = new Option<string>("--scope") { Description = "Comma-separated: articles:write, alerts:read, alerts:write, subscribers:read, subscribers:write, admin.", Required = true };
        var create = Verb("create", "Prints a new API key, once.", name, scope);
        create.SetAction((parse, token) => Maintenance.CreateKeyAsync([.. parse.UnmatchedTokens], parse.GetValue(name)!, parse.GetValue(scope)!, token));
        var key = new Command("key", "API keys.");
        key.Subcommands.Add(create);
        return key;
    }

    private static Command OperatorVerb()
    {
        var email = new Option<string>("--email") { Description = "Whom the link is for.", Required = true };
        var role = new Option<string>("--role") { Description = "admin, editor or viewer.", Required = true };
        role.AcceptOnlyFromAmong("admin", "editor", "viewer");
        var create = Verb("create", "Prints a one-time sign-in link.", email, role);
        create.SetAction((parse, token) => Maintenance.CreateOperatorAsync([.. parse.UnmatchedTokens], parse.GetValue(email)!, parse.GetValue(role)!, token));
        var verb = new Command("operator", "Operators.");
        verb.Subcommands.Add(create);
        return verb;
    }

    private static Command Verb(string name, string description, params Option[] options)
    {
        var verb = new Command(name, description) { TreatUnmatchedTokensAsErrors = false };
        foreach (var option in options)
        {
            verb.Options.Add(option);
        }

        return verb;
    }

    /// <summary>Whether a word is the value of the setting before it, as in <c>--urls http://localhost:6000</c>.</summary>
    private static bool IsValue(IReadOnlyList<string> tokens, string token)
    {
        var i = tokens.ToList().IndexOf(token);
        return i > 0 && tokens[i - 1].StartsWith("--", StringComparison.Ordinal) && !tokens[i - 1].Contains('=', StringComparison.Ordinal);
    }

    private static Task<int> Unknown(string word)
    {
        Console.Error.WriteLine($"There is no verb '{word}'. The verbs are: serve, migrate, seed, check, key, operator, explain, carrier.");
        return Task.FromResult(1);
    }
}
