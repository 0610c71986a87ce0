using System.CommandLine;
using System.Data.Common;
using Microsoft.Extensions.Options;
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
        Act(serve, (parse, settings, token) => Serve.RunAsync(settings, Enum.Parse<HostRole>(parse.GetValue(role)!, ignoreCase: true), token));
        var migrate = Verb("migrate", "Brings the database to the newest schema, then ends.");
        Act(migrate, (_, settings, token) => Maintenance.MigrateAsync(settings, token));
        var readers = new Option<int>("--readers") { Description = "This many more confirmed readers, half by text, half by mail." };
        var seed = Verb("seed", "Writes the demo readers; again changes nothing.", readers);
        Act(seed, (parse, settings, token) => Maintenance.SeedAsync(settings, parse.GetValue(readers), token));
        var check = Verb("check", "The doctor: a line each; exit 1 when something is wrong.");
        Act(check, (_, settings, token) => Maintenance.CheckAsync(settings, token));
        root.Subcommands.Add(serve);
        root.Subcommands.Add(migrate);
        root.Subcommands.Add(seed);
        root.Subcommands.Add(check);
        root.Subcommands.Add(KeyVerb());
        root.Subcommands.Add(OperatorVerb());
        root.Subcommands.Add(Explain.Verb());
#if SANDBOX
        var carrier = Verb("carrier", "Runs the local carrier alone.");
        Act(carrier, (_, settings, token) => Sandbox.RunAsync(settings, token));
        root.Subcommands.Add(carrier);
#endif
        root.TreatUnmatchedTokensAsErrors = false;
        Act(root, (_, settings, token) => Serve.RunAsync(settings, HostRole.All, token));

        // The host has its own, longer shutdown; the default of two seconds would cut it short.
        return await root.Parse(args).InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null });
    }

    private static Command KeyVerb()
    {
        var name = new Option<string>("--name") { Description = "What the key is for.", Required = true };
        var scope = new Option<string>("--scope") { Description = "Comma-separated: articles:write, alerts:read, alerts:write, subscribers:read, subscribers:write, admin.", Required = true };
        var create = Verb("create", "Prints a new API key, once.", name, scope);
        Act(create, (parse, settings, token) => Maintenance.CreateKeyAsync(settings, parse.GetValue(name)!, parse.GetValue(scope)!, token));
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
        Act(create, (parse, settings, token) => Maintenance.CreateOperatorAsync(settings, parse.GetValue(email)!, parse.GetValue(role)!, token));
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

    /// <summary>What a verb does with the settings behind it. What goes wrong on the way is said in a line, not as a trace of calls.</summary>
    internal static void Act(Command verb, Func<ParseResult, string[], CancellationToken, Task<int>> act) =>
        verb.SetAction(async (parse, token) =>
        {
            if (Stray(parse.UnmatchedTokens) is { } stray)
            {
                return Refuse(verb is RootCommand
                    ? $"There is no verb '{stray}'. The verbs are: {string.Join(", ", verb.Subcommands.Select(s => s.Name))}."
                    : $"'{verb.Name}' does not take '{stray}'. A setting looks like --Section:Key=value.");
            }

            try
            {
                return await act(parse, [.. parse.UnmatchedTokens], token);
            }
            catch (SettingsException e)
            {
                return Refuse(["Notify does not start; these settings are wrong:", .. e.Faults.Select(fault => "  " + fault)]);
            }
            catch (OptionsValidationException e)
            {
                return Refuse(["Notify does not start; these settings are wrong:", .. e.Failures.Select(fault => "  " + fault)]);
            }
            catch (Exception e) when (e is InvalidOperationException or IOException or DbException)
            {
                return Refuse($"Notify does not start: {e.Message}");
            }
        });

    /// <summary>The first word that is neither a setting nor the value of the one before it, as in <c>--urls http://localhost:6000</c>.</summary>
    private static string? Stray(IReadOnlyList<string> tokens) =>
        tokens.Where((token, i) => !token.StartsWith("--", StringComparison.Ordinal)
            && (i == 0 || !tokens[i - 1].StartsWith("--", StringComparison.Ordinal) || tokens[i - 1].Contains('=', StringComparison.Ordinal))).FirstOrDefault();

    private static int Refuse(params string[] lines)
    {
        foreach (var line in lines)
        {
            Console.Error.WriteLine(line);
        }

        return 1;
    }
}
