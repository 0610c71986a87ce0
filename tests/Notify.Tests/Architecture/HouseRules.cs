using System.Text.RegularExpressions;

namespace Notify.Tests.Architecture;

/// <summary>What breaks a rule, where, and what to do about it.</summary>
internal sealed record Violation(string Path, int Line, string Problem)
{
    public override string ToString() => $"src/Notify/{Path}:{Line} {Problem}";
}

/// <summary>
/// The rules of the house that the compiler cannot hold: which folder may know which, and where a vendor's name may stand.
/// They read sources as text, so they also see what never becomes part of a type: a using, a comment, a page.
/// </summary>
internal static partial class HouseRules
{
    /// <summary>The story from top to bottom; a folder uses only folders above it. The last one, the root, has no name.</summary>
    public static readonly string[] Folders =
    [
        "Storage", "Jobs", "Web", "Publication", "Contacts", "Messages", "Consent", "Deliveries", "Articles",
        "Subscribers", "Alerts", "Inbound", "Providers", "Operators", "Hosting", "Verbs", "",
    ];

    /// <summary>The local carrier is left out of published builds, so only what starts it may know it.</summary>
    private static readonly string[] MayKnowTheSandbox = ["Hosting", "Verbs", ""];

    /// <summary>A verb such as <c>serve</c> builds the very application that the root describes; nobody else does.</summary>
    private static readonly string[] MayKnowTheRoot = ["Verbs", ""];

    private static readonly VendorWord[] VendorWords =
    [
        // SendGrid is Twilio's, and its headers say so.
        new("Twilio", file => file.Path.StartsWith("Providers/Twilio/", StringComparison.Ordinal) || file.Path.StartsWith("Providers/SendGrid/", StringComparison.Ordinal), InComments: true,
            "only Providers/Twilio says Twilio; say 'the provider', or bring a port that the adapter implements"),
        new("MailKit", file => file.Path.StartsWith("Providers/Smtp/", StringComparison.Ordinal) || file.Path.StartsWith("Providers/Mailbox/", StringComparison.Ordinal), InComments: true,
            "only Providers/Smtp and Providers/Mailbox say MailKit; hand them a message of Messages/ instead"),
        new("MimeKit",
            file => file.Path.StartsWith("Providers/Smtp/", StringComparison.Ordinal) || file.Path.StartsWith("Inbound/Returns/", StringComparison.Ordinal),
            InComments: true,
            "only Providers/Smtp and Inbound/Returns say MimeKit; hand the first a message of Messages/, the second the octets of a mail"),
        new("Hangfire",
            file => file.Folder == "Hosting" || file.FileName.EndsWith("Job.cs", StringComparison.Ordinal) || file.Path == "Operators/JobsDashboard.cs",
            InComments: false,
            "Hangfire stays in Hosting/, files named *Job.cs and Operators/JobsDashboard.cs; wake a job through IHints of Jobs/"),
    ];

    public static IReadOnlyList<Violation> Broken(IReadOnlyList<SourceFile> files)
    {
        var types = TypesByFolder(files);
        var adapters = files.Where(file => file.Folder == "Providers").Select(Adapter).OfType<string>().Distinct().ToArray();
        return
        [
            .. from file in files
               from violation in Arrows(file, types).Concat(BetweenAdapters(file, adapters)).Concat(Vendors(file)).Concat(Names(file))
               orderby violation.Path, violation.Line
               select violation,
        ];
    }

    /// <summary>A folder uses only folders above it, whichever way it names them.</summary>
    private static IEnumerable<Violation> Arrows(SourceFile file, ILookup<string, string> types)
    {
        foreach (Match match in QualifiedName.Matches(file.Code))
        {
            var (used, inside) = (match.Groups["folder"].Value, match.Groups["inside"].Value);
            // Seen from Notify.X, "Alerts.Alert" means Notify.Alerts.Alert too - if Alert is declared there; otherwise
            // Alerts is just somebody's property.
            if (match.Groups["notify"].Length == 0 && !types[used].Contains(inside))
                continue;

            if (Judge(file, used, everywhere: match.Groups["global"].Length > 0) is { } problem)
                yield return new(file.Path, SourceFile.LineOf(file.Code, match.Index), problem);
        }

        if (MayKnowTheRoot.Contains(file.Folder))
            yield break;

        // What the root declares is visible everywhere without a using.
        foreach (var type in types[""])
        {
            var use = Regex.Match(file.Code, $@"(?<![\w.]){type}(?!\w)", RegexOptions.None, TimeSpan.FromSeconds(10));
            if (use.Success)
                yield return new(file.Path, SourceFile.LineOf(file.Code, use.Index), $"uses {type} of the root; the root knows everyone, and only verbs know the root");
        }
    }

    private static string? Judge(SourceFile file, string used, bool everywhere)
    {
        if (used == "Sandbox")
        {
            return MayKnowTheSandbox.Contains(file.Folder)
                ? null
                : "uses Notify.Sandbox, which a published build does not have; only Hosting, Verbs and the root may, under #if SANDBOX";
        }

        // A using for many counts for the highest folder it reaches: pages begin with Web.
        var user = (everywhere, file.FileName, file.Folder) switch
        {
            (true, _, _) => Folders[0],
            (_, "_Imports.razor", "") => "Web",
            _ => file.Folder,
        };

        return user == used || Array.IndexOf(Folders, used) < Array.IndexOf(Folders, user)
            ? null
            : $"uses {used}, which stands below {user} in the house's table; move the shared part up, or declare a port in {user} that {used} implements";
    }

    private static IEnumerable<Violation> BetweenAdapters(SourceFile file, string[] adapters)
    {
        if (file.Folder != "Providers" || Adapter(file) is not { } own)
            yield break;

        foreach (var other in adapters.Where(adapter => adapter != own))
        {
            foreach (Match match in Regex.Matches(file.Code, $@"(?<![\w.])((Notify\.)?Providers\.{other}(?!\w)|{other}\.[A-Z])", RegexOptions.None, TimeSpan.FromSeconds(10)))
            {
                yield return new(file.Path, SourceFile.LineOf(file.Code, match.Index),
                    $"uses the adapter {other}; adapters never see each other - what both need belongs into Deliveries/ or Messages/");
            }
        }
    }

    /// <summary>The folder of a vendor, such as <c>Twilio</c> for <c>Providers/Twilio/Codes.cs</c>.</summary>
    private static string? Adapter(SourceFile file) => file.Path.Split('/') is [_, var adapter, _, ..] ? adapter : null;

    private static IEnumerable<Violation> Vendors(SourceFile file)
    {
        // The table of contents names every feature; it is the one place that must.
        if (file.Path == "NotifyApp.cs")
            yield break;

        foreach (var word in VendorWords.Where(word => !word.MayStandIn(file)))
        {
            var text = word.InComments ? file.TextWithoutAddressesAndSettings : file.Code;
            for (var at = text.IndexOf(word.Word, StringComparison.OrdinalIgnoreCase); at >= 0;)
            {
                yield return new(file.Path, SourceFile.LineOf(text, at), $"says {word.Word}: {word.Remedy}");
                at = text.IndexOf(word.Word, at + 1, StringComparison.OrdinalIgnoreCase);
            }
        }
    }

    /// <summary>The arrows are read from names, so names must follow folders.</summary>
    private static IEnumerable<Violation> Names(SourceFile file)
    {
        var expected = string.Join('.', ["Notify", .. file.Path.Split('/')[..^1]]);
        if (file.Folder.Length > 0 && Array.IndexOf(Folders, file.Folder) < 0)
            yield return new(file.Path, 1, $"stands in {file.Folder}/, which the house's table does not have; choose a folder of the table (or change the table by an ADR)");

        foreach (Match match in DeclaredNamespace.Matches(file.Code).Where(match => match.Groups["name"].Value != expected))
            yield return new(file.Path, SourceFile.LineOf(file.Code, match.Index), $"declares {match.Groups["name"].Value}; a namespace follows its folder: {expected}");
    }

    private static ILookup<string, string> TypesByFolder(IReadOnlyList<SourceFile> files) =>
        (from file in files
         where !file.IsRazor || file.Folder.Length > 0
         from type in file.IsRazor
            ? [Path.GetFileNameWithoutExtension(file.FileName)]
            : DeclaredType.Matches(file.Code).Select(match => match.Groups["name"].Value)
         select (file.Folder, type)).Distinct().ToLookup(pair => pair.Folder, pair => pair.type);

    [GeneratedRegex("""
        (?<global> global \s+ using \s+ (?:static\s+)? (?:\w+\s*=\s*)? )?
        (?<![\w.]) (?:global::)? (?<notify>Notify\s*\.\s*)?
        (?<folder> Storage|Jobs|Web|Publication|Contacts|Messages|Consent|Deliveries|Articles|Subscribers|Alerts|Inbound|Providers|Operators|Hosting|Verbs|Sandbox )
        (?: \s*\.\s* (?<inside>[A-Z]\w*) | (?!\w) )
        """, RegexOptions.IgnorePatternWhitespace | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex QualifiedName { get; }

    [GeneratedRegex(@"^[ \t]*(namespace|@namespace)\s+(?<name>[\w.]+)", RegexOptions.Multiline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex DeclaredNamespace { get; }

    [GeneratedRegex(@"\b(class|record\s+struct|record|struct|interface|enum)\s+(?<name>[A-Z]\w*)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex DeclaredType { get; }

    private sealed record VendorWord(string Word, Func<SourceFile, bool> MayStandIn, bool InComments, string Remedy);
}
