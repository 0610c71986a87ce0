using Notify.Tests.Architecture;
using Notify.Tests.Support;

namespace Notify.Tests;

/// <summary>The plan of the house, held against the sources; and the rules held against sources made up to break them.</summary>
public sealed class ArchitectureTests
{
    private const int LongestFile = 300;

    /// <summary>Files that may be longer, each with its reason.</summary>
    private static readonly Dictionary<string, string> MayBeLonger = new(StringComparer.Ordinal);

    private static readonly IReadOnlyList<SourceFile> Notify = SourceFile.AllUnder(RepositoryRoot.At("src/Notify"));

    private static readonly IReadOnlyList<SourceFile> Everything = SourceFile.AllUnder(RepositoryRoot.At("src"));

    [Fact]
    public void Every_folder_uses_only_folders_above_it_and_vendors_stay_in_theirs()
    {
        Assert.NotEmpty(Notify);

        var broken = HouseRules.Broken(Notify);

        Assert.True(!broken.Any(), string.Join('\n', broken));
    }

    [Fact]
    public void No_project_file_brings_a_folder_everywhere()
    {
        var project = File.ReadAllText(RepositoryRoot.At("src/Notify/Notify.csproj"));

        Assert.DoesNotContain("<Using Include=\"Notify", project, StringComparison.Ordinal);
    }

    [Fact]
    public void No_file_is_too_long_to_be_read_in_one_go()
    {
        var tooLong = from file in Everything
                      let lines = file.Text.AsSpan().Count('\n')
                      where lines > LongestFile && !MayBeLonger.ContainsKey(file.Path)
                      select $"src/{file.Path}:{lines} has more than {LongestFile} lines; take a second reason out of it (or list it here with the reason)";

        Assert.True(!tooLong.Any(), string.Join('\n', tooLong));
    }

    [Fact]
    public void Nothing_is_left_for_later_and_no_warning_is_silenced_in_passing()
    {
        var left = from file in Everything
                   from line in file.Text.Split('\n').Index()
                   from word in (string[])["TODO", "FIXME", "HACK", "XXX", "#pragma warning", "SuppressMessage"]
                   where line.Item.Contains(word, StringComparison.Ordinal)
                   select $"src/{file.Path}:{line.Index + 1} says {word}; do it now, open an issue, or set the rule in .editorconfig with its reason";

        Assert.True(!left.Any(), string.Join('\n', left));
    }

    [Theory]
    [InlineData("Storage/Peek.cs", "using Notify.Alerts;", "uses Alerts")]
    [InlineData("Storage/Peek.cs", "global using Notify.Jobs;", "uses Jobs")]
    [InlineData("Web/Peek.cs", "global using Notify.Jobs;", "uses Jobs")]
    [InlineData("Deliveries/Peek.cs", "using static Notify.Subscribers.Subscriber;", "uses Subscribers")]
    [InlineData("Deliveries/Peek.cs", "using Them = Notify.Subscribers;", "uses Subscribers")]
    [InlineData("Deliveries/Peek.cs", "class X { global::Notify.Alerts.Alert? Alert; }", "uses Alerts")]
    [InlineData("Deliveries/Peek.cs", "class X { Alerts.Alert? Alert; }", "uses Alerts")]
    [InlineData("Web/Page.razor", "@using Notify.Operators", "uses Operators")]
    [InlineData("_Imports.razor", "@using Notify.Operators", "uses Operators")]
    [InlineData("Hosting/Peek.cs", "class X { NotifyApp? App; }", "of the root")]
    [InlineData("Deliveries/Peek.cs", "using Notify.Sandbox;", "uses Notify.Sandbox")]
    [InlineData("Providers/Smtp/Peek.cs", "using Notify.Providers.Carrier;", "uses the adapter Carrier")]
    [InlineData("Providers/Smtp/Peek.cs", "class X { Carrier.Codes? Codes; }", "uses the adapter Carrier")]
    [InlineData("Deliveries/Peek.cs", "// as Twilio says", "says Twilio")]
    [InlineData("Web/Page.razor", "<p>Sent by twilio</p>", "says Twilio")]
    [InlineData("Messages/Peek.cs", "using MimeKit;", "says MimeKit")]
    [InlineData("Providers/Twilio/Peek.cs", "using MailKit.Net.Smtp;", "says MailKit")]
    [InlineData("Alerts/Peek.cs", "using Hangfire;", "says Hangfire")]
    [InlineData("Operators/Peek.cs", "using Hangfire.Dashboard;", "says Hangfire")]
    [InlineData("Helpers/Peek.cs", "", "which the house's table does not have")]
    [InlineData("Alerts/Peek.cs", "namespace Notify.Storage;", "a namespace follows its folder: Notify.Alerts")]
    public void A_broken_rule_is_found_and_said_with_file_and_line(string path, string line, string expected)
    {
        var broken = HouseRules.Broken([.. MadeUp, new SourceFile(path, $"\n{line}\n")]);

        var violation = Assert.Single(broken);
        Assert.Equal(path, violation.Path);
        Assert.Contains(expected, violation.Problem, StringComparison.Ordinal);
        Assert.Equal(expected.Contains("table", StringComparison.Ordinal) ? 1 : 2, violation.Line);
    }

    [Theory]
    [InlineData("Alerts/Plan.cs", "using Notify.Storage;\nusing Notify.Subscribers;\nnamespace Notify.Alerts;")]
    [InlineData("Storage/Peek.cs", "// unlike Notify.Alerts\n/* Notify.Alerts */ var a = \"Notify.Alerts\"; var b = '\"'; var c = @\"\\\"; var d = \"\"\"Notify.Alerts \" \"\"\";")]
    [InlineData("Deliveries/Peek.cs", "var all = Alerts.Count + db.Alerts.Alert;")]
    [InlineData("Alerts/PlanAlertJob.cs", "using Hangfire;")]
    [InlineData("Jobs/IHints.cs", "/// <summary>A hint; Hangfire carries it.</summary>")]
    [InlineData("Hosting/Jobs.cs", "using Hangfire;\n#if SANDBOX\nusing Notify.Sandbox;\n#endif")]
    [InlineData("Hosting/Defaults.cs", "settings[\"Twilio:BaseUrl\"] = url; routes.MapGet(\"/webhooks/twilio/inbound\", Get);")]
    [InlineData("Operators/JobsDashboard.cs", "using Hangfire;")]
    [InlineData("Providers/Twilio/Texts.cs", "// Twilio says\nnamespace Notify.Providers.Twilio;")]
    [InlineData("Other.cs", "using Notify.Verbs;\nnamespace Notify;\nvar app = NotifyApp.Build();")]
    [InlineData("Verbs/Serve.cs", "var app = NotifyApp.Build();")]
    [InlineData("_Imports.razor", "@using Notify.Web\n@using Notify.Web.Layouts")]
    public void What_the_rules_allow_is_left_alone(string path, string text)
    {
        var broken = HouseRules.Broken([.. MadeUp, new SourceFile(path, text)]);

        Assert.Empty(broken);
    }

    /// <summary>A house small enough to be seen at once, in order.</summary>
    private static IReadOnlyList<SourceFile> MadeUp =>
    [
        new("Alerts/Alert.cs", "namespace Notify.Alerts;\n\npublic sealed class Alert;"),
        new("Subscribers/Subscriber.cs", "namespace Notify.Subscribers;\n\npublic sealed class Subscriber;"),
        new("Providers/Carrier/Codes.cs", "namespace Notify.Providers.Carrier;\n\npublic sealed class Codes;"),
        new("NotifyApp.cs", "using Notify.Providers.Twilio;\n\nnamespace Notify;\n\npublic static class NotifyApp;"),
    ];
}
