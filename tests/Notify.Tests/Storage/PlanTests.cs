using System.Reflection;
using System.Text.RegularExpressions;
using Notify.Alerts;
using Notify.Deliveries;
using Notify.Storage;
using Notify.Tests.Support;

namespace Notify.Tests.Storage;

/// <summary>
/// Every SQL text of the program is explained by both databases: none of them reads a table that grows with readers or with time from end to end.
/// They are found in the sources, so that a new one cannot be forgotten.
/// </summary>
public sealed partial class PlanTests(PostgresServer postgres)
{
    private static readonly string[] Growing =
        ["deliveries", "contacts", "subscriptions", "subscription_topics", "suppressions", "consent_entries", "opt_ins", "inbox", "audit", "said", "sign_up_counts", "sent_mails", "returns", "digests", "digest_articles"];

    /// <summary>What stands for a hole of an interpolated text.</summary>
    private static readonly Dictionary<string, string> Holes = new(StringComparer.Ordinal)
    {
        ["Column(status)"] = "pending",
        ["set"] = "pending = pending + (1)",
        ["(isAgain ? AboutLastAttempt : From(receipt.Kind))"] = "status IN (2, 3, 8, 9)",
        ["AboutLastAttempt"] = "(status = 3 AND provider_id = @provider)",
        ["Open"] = "pending + held + sending + in_doubt",
        ["sender"] = "'texts'",
        ["scope"] = "CASE WHEN s.all_topics THEN @scope ELSE (SELECT string_agg(t.topic, ' ') FROM subscription_topics t WHERE t.contact_id = s.contact_id AND t.topic IN (@topic)) END",
        ["state"] = "1",
        ["reason"] = "'quiet hours'",
        ["due"] = "w.opens_at",
        ["whereabouts"] = "w.id",
        ["join"] = "JOIN whereabouts w ON w.id = s.whereabouts_id " + Corrections.Whom(AlertAudience.Told, [Guid.Empty], "1 = 1", []).Join,
        ["chosen"] = "AND w.opens_at > @now AND NOT (c.channel <> 1 OR s.breaking_at_night)",
        ["line"] = "@line",
        ["expires"] = "@expires",
        // All three kinds of audience at once.
        ["HasEnded"] = AlertReconciler.HasEnded,
        ["whom"] = FanOut.Audience.Replace("{topics}", "t.topic IN (@topic)", StringComparison.Ordinal)
            + " AND " + Corrections.Whom(AlertAudience.Told, [Guid.Empty], "1 = 1", []).Whom + " AND " + Corrections.Whom(AlertAudience.Rest, [Guid.Empty], "1 = 1", []).Whom,
        ["place"] = "CASE WHEN c.channel = 1 THEN s.whereabouts_id END",
        ["lists"] = "(CAST(@c AS bigint), CAST(@d AS uuid), CAST(@s AS text), CAST(@o AS integer), CAST(@e AS bigint))",
        ["marks"] = "(CAST(@c AS bigint), CAST(@n AS bigint), CAST(@w AS bigint))",
        ["ids"] = "@c",
        ["rows"] = "id IN (SELECT id FROM deliveries WHERE source_id = @id AND status = 9 ORDER BY id LIMIT 5000)",
        ["(IsOpen(status) ? \", settled_at = NULL\" : \"\")"] = ", settled_at = NULL",
        ["SealLock.ToString(CultureInfo.InvariantCulture)"] = "1",
    };

    /// <summary>What only PostgreSQL understands.</summary>
    private static readonly string[] PostgresOnly = ["pg_", "clock_timestamp", "FOR UPDATE", "FOR NO KEY UPDATE"];

    /// <summary>Texts that may read all of a table or are no statements, each with its reason; by a part of the text.</summary>
    private static readonly (string Part, string Reason)[] Allowed = [(" ON main.", "What a trigger waits for.")];

    [Theory, ClassData<Databases>]
    public async Task No_statement_reads_a_growing_table_from_end_to_end(DatabaseProvider database)
    {
        await using var bench = await Workbench.OpenAsync(database, postgres);
        var texts = Texts().Where(text => !Allowed.Any(a => text.Text.Contains(a.Part, StringComparison.Ordinal)))
            .Where(text => database == DatabaseProvider.Postgres || !PostgresOnly.Any(part => text.Text.Contains(part, StringComparison.Ordinal))).ToList();

        var partial = await PartialIndexesAsync(bench, database);
        var faults = new List<string>();
        foreach (var text in texts)
        {
            try
            {
                var filled = Fill(text.Text);
                var plan = await (database == DatabaseProvider.Sqlite ? ExplainSqliteAsync(bench, filled) : ExplainPostgresAsync(bench, filled));
                faults.AddRange(Scans(filled, plan, partial).Select(scan => $"{text.Where}: {scan}"));
            }
            catch (Exception e) when (e is System.Data.Common.DbException or InvalidOperationException or KeyNotFoundException)
            {
                faults.Add($"{text.Where}: {e.Message} in {text.Text}");
            }
        }

        Assert.True(texts.Count > 60, $"Only {texts.Count} texts were found.");
        Assert.True(faults.Count == 0, string.Join('\n', faults));
    }

    /// <summary>A reader of years has thousands of rows, and one or two that are held.</summary>
    [Theory, ClassData<Databases>]
    public async Task What_is_held_for_a_contact_is_found_without_walking_over_what_it_had(DatabaseProvider database)
    {
        await using var bench = await Workbench.OpenAsync(database, postgres);
        var contacts = await bench.AddReadersAsync(500);
        await bench.WriteAsync(async write =>
        {
            for (var i = 0; i < 2_500; i++)
            {
                await write.ExecuteAsync("""
                    INSERT INTO deliveries (source_id, subject_id, contact_id, channel, sender, status, due_at, expires_at, created_at, changed_at) VALUES (@source, @subject, @contact, 1, 'texts', @status, 1, 1, 1, 1)
                    """, ("source", Source.Replies), ("subject", Guid.CreateVersion7()), ("contact", contacts[i < 500 ? i : 0]), ("status", i < 500 ? 1 : 4));
            }

            return await write.ExecuteAsync("ANALYZE deliveries");
        });

        var plan = await (database == DatabaseProvider.Sqlite ? ExplainSqliteAsync(bench, HeldRows.OfContact) : ExplainPostgresAsync(bench, HeldRows.OfContact));

        Assert.Contains(plan, line => line.Contains("ix_deliveries_held_contact", StringComparison.Ordinal));
    }

    private static List<SqlText> Texts()
    {
        var root = Path.Combine(RepositoryRoot.Path, "src", "Notify");
        var texts = Directory.EnumerateFiles(root, "*.cs", SearchOption.AllDirectories)
            .Where(file => !file.EndsWith("DeliverySql.cs", StringComparison.Ordinal))
            .SelectMany(file => SqlText.In(Path.GetRelativePath(root, file), File.ReadAllText(file))).ToList();
        foreach (var member in typeof(DeliverySql).GetMembers(BindingFlags.Public | BindingFlags.Static))
        {
            var text = member switch
            {
                FieldInfo field => (string)field.GetRawConstantValue()!,
                PropertyInfo property => (string)property.GetValue(null)!,
                _ => null,
            };
            if (text is not null)
            {
                texts.Add(new SqlText(member.Name, text));
            }
        }

        texts.Add(new SqlText("Claim", DeliverySql.Claim(postgres: false)));
        return texts;
    }

    private static string Fill(string text) => Hole().Replace(Audience().Replace(text, FanOut.Audience.Replace("{topics}", "t.topic IN (@topic)", StringComparison.Ordinal)), hole => Holes.TryGetValue(hole.Groups["hole"].Value, out var fill)
        ? fill
        : throw new KeyNotFoundException($"Say in {nameof(PlanTests)}.{nameof(Holes)} what stands for {hole.Value}"));

    private static Task<List<string>> ExplainSqliteAsync(Workbench bench, string sql)
    {
        var names = Parameter().Matches(sql).Select(m => m.Groups["name"].Value).Distinct(StringComparer.Ordinal);
        return bench.WriteAsync(write => write.QueryAsync("EXPLAIN QUERY PLAN " + sql, row => row.GetString(3), [.. names.Select(name => (name, (object?)null))]));
    }

    private static Task<List<string>> ExplainPostgresAsync(Workbench bench, string sql)
    {
        var names = Parameter().Matches(sql).Select(m => m.Groups["name"].Value).Distinct(StringComparer.Ordinal).ToList();
        var numbered = Parameter().Replace(sql, m => $"${names.IndexOf(m.Groups["name"].Value) + 1}");
        return bench.WriteAsync(async write =>
        {
            await write.ExecuteAsync("SET LOCAL plan_cache_mode = force_generic_plan");
            await write.ExecuteAsync("SET LOCAL enable_seqscan = off");
            await write.ExecuteAsync($"PREPARE explained AS {numbered}");
            var plan = await write.QueryAsync($"EXPLAIN EXECUTE explained{(names.Count > 0 ? $"({string.Join(", ", names.Select(_ => "NULL"))})" : "")}", row => row.GetString(0));
            await write.ExecuteAsync("DEALLOCATE explained");
            return plan;
        });
    }

    /// <summary>The lines of a plan that read a growing table along nothing, or along a whole index; a partial one holds only what it is for.</summary>
    private static IEnumerable<string> Scans(string sql, List<string> plan, HashSet<string> partial)
    {
        var tables = Table().Matches(sql).SelectMany(m => new[] { (Name: m.Groups["alias"].Value, Table: m.Groups["table"].Value), (Name: m.Groups["table"].Value, Table: m.Groups["table"].Value) })
            .Where(t => t.Name.Length > 0).DistinctBy(t => t.Name).ToDictionary(t => t.Name, t => t.Table, StringComparer.Ordinal);
        return plan.Where((line, i) => Scan().Match(line) is { Success: true } scan
            && Growing.Contains(tables.GetValueOrDefault(scan.Groups["name"].Value, scan.Groups["name"].Value))
            && !partial.Contains(scan.Groups["index"].Value)
            && !(i + 1 < plan.Count && plan[i + 1].Contains("Index Cond", StringComparison.Ordinal)));
    }

    private static async Task<HashSet<string>> PartialIndexesAsync(Workbench bench, DatabaseProvider database) => [.. await bench.WriteAsync(write => write.QueryAsync(
        database == DatabaseProvider.Sqlite
            ? "SELECT name FROM sqlite_master WHERE type = 'index' AND sql LIKE '%WHERE%'"
            : "SELECT indexname FROM pg_indexes WHERE indexdef LIKE '%WHERE%'", row => row.GetString(0)))];

    [GeneratedRegex(@"\{(FanOut\.)?(Audience|Takers)\.Replace\(""\{topics\}"", wanted, StringComparison\.Ordinal\)\}", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Audience();

    [GeneratedRegex(@"\{(?<hole>[^{}]+)\}", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Hole();

    [GeneratedRegex(@"@(?<name>[a-z_]+\d*)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Parameter();

    [GeneratedRegex(@"(FROM|JOIN|UPDATE|INTO)\s+(?<table>[a-z_]+)(\s+(AS\s+)?(?!SET|WHERE|ON|JOIN|LEFT|CROSS|ORDER|LIMIT|GROUP|VALUES)(?<alias>[a-z_]+))?", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Table();

    [GeneratedRegex(@"(SCAN (?<name>\w+)( USING (COVERING )?INDEX (?<index>\w+))?|Seq Scan on (?<name>\w+)( (?<name>\w+))?|Index (Only )?Scan( Backward)? using (?<index>\w+) on (?<name>\w+)( (?<name>\w+))?)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Scan();
}
