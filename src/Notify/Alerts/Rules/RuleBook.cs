using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Notify.Articles;
using Notify.Publication;
using Notify.Storage;

namespace Notify.Alerts.Rules;

/// <param name="Number">The rule's place from 1; 0: none fits.</param>
/// <param name="Words">What decided, for people; null: nothing had to.</param>
internal sealed record Ruling(RuleOutcome Outcome, int Number, string? Words)
{
    /// <summary>What no rule is about goes out at once.</summary>
    public static readonly Ruling None = new(RuleOutcome.Instant, 0, null);
}

/// <summary>The newsroom's rules, in order.</summary>
internal sealed class RuleBook(Database database, IOptionsMonitor<PublicationOptions> site)
{
    /// <summary>More than anybody can keep in mind.</summary>
    public const int Most = 100;

    public async Task<IReadOnlyList<Rule>> ListAsync(CancellationToken cancellationToken)
    {
        await using var db = database.Read();
        return await db.Rules.AsNoTracking().OrderBy(r => r.Position).ThenBy(r => r.Id).ToListAsync(cancellationToken);
    }

    public static async Task<IReadOnlyList<Rule>> ReadAsync(Write write) => await write.QueryAsync("""
        SELECT id, position, topics, authors, keywords, came_from, days, from_time, to_time, priority, outcome, changed_at, changed_by FROM rules ORDER BY position, id
        """, row => new Rule
    {
        Id = row.GetGuid(0),
        Position = row.GetInt32(1),
        Topics = row.GetString(2),
        Authors = row.GetString(3),
        Keywords = row.GetString(4),
        CameFrom = row.GetString(5),
        Days = row.GetString(6),
        FromTime = row.GetString(7),
        ToTime = row.GetString(8),
        Priority = row.IsDBNull(9) ? null : (ArticlePriority)row.GetInt32(9),
        Outcome = (RuleOutcome)row.GetInt32(10),
        ChangedAt = row.Instant(11),
        ChangedBy = row.GetString(12),
    });

    /// <summary>The first rule that fits decides.</summary>
    public static Ruling Decide(IReadOnlyList<Rule> rules, Facts facts, DateTimeOffset now, PublicationOptions site)
    {
        for (var i = 0; i < rules.Count; i++)
        {
            if (rules[i].Fits(facts, now, site))
            {
                return new Ruling(rules[i].Outcome, i + 1, $"rule {i + 1}: {RuleWords.Say(rules[i], site)}");
            }
        }

        return Ruling.None;
    }

    /// <summary>Puts a rule behind the others.</summary>
    /// <returns>What is wrong with it; null when it holds from now on.</returns>
    public async Task<string?> AddAsync(Write write, Rule rule)
    {
        if (rule.Fault(site.CurrentValue) is { } fault)
        {
            return fault;
        }

        var all = await AloneAsync(write);
        if (all.Count >= Most)
        {
            return $"There are {Most} rules already. Delete one that is not needed any more.";
        }

        rule.Position = all.Count + 1;
        write.Db.Rules.Add(rule);
        await write.SaveAsync();
        return null;
    }

    /// <returns>The rule as it was; null when it is gone.</returns>
    public async Task<Rule?> DeleteAsync(Write write, Guid id)
    {
        var all = await AloneAsync(write);
        var rule = all.FirstOrDefault(r => r.Id == id);
        await write.ExecuteAsync("DELETE FROM rules WHERE id = @id", ("id", id));
        await RankAsync(write, [.. all.Where(r => r.Id != id)]);
        return rule;
    }

    /// <summary>Moves a rule up (towards the first) or down by one place.</summary>
    /// <returns>The rule with its new place; null when it is gone or cannot be moved further.</returns>
    public async Task<Rule?> MoveAsync(Write write, Guid id, bool up)
    {
        var all = (await AloneAsync(write)).ToList();
        var (from, to) = all.FindIndex(r => r.Id == id) is var at ? (at, up ? at - 1 : at + 1) : default;
        if (from < 0 || to < 0 || to >= all.Count)
        {
            return null;
        }

        (all[from], all[to]) = (all[to], all[from]);
        await RankAsync(write, all);
        all[to].Position = to + 1;
        return all[to];
    }

    /// <summary>Two who order rules at once would take them apart.</summary>
    private static async Task<IReadOnlyList<Rule>> AloneAsync(Write write)
    {
        if (write.IsPostgres)
        {
            await write.ExecuteAsync("SELECT pg_advisory_xact_lock(7305431926114041)");
        }

        return await ReadAsync(write);
    }

    private static async Task RankAsync(Write write, IReadOnlyList<Rule> rules)
    {
        for (var i = 0; i < rules.Count; i++)
        {
            await write.ExecuteAsync("UPDATE rules SET position = @position WHERE id = @id", ("position", i + 1), ("id", rules[i].Id));
        }
    }
}
