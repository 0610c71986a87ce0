using System.Globalization;
using Microsoft.Extensions.Options;
using Notify.Articles;
using Notify.Deliveries;
using Notify.Storage;

namespace Notify.Alerts;

/// <summary>
/// Puts right what readers were told. A correction is an alert of its own, to exactly those who have the former words: a provider took their message, or nobody can say whether it left.
/// Whoever has not got it yet is never sent what is known to be wrong: the rest of the alert ends, and another tells them the right words, as news and not as a correction.
/// </summary>
internal sealed class Corrections(INewsdesk newsdesk, AlertBook alerts, Timetable timetable, IOptionsMonitor<DeliveryOptions> options)
{
    /// <summary>Rows whose reader has, or may have, the message. Not what was refused, left out or came back undelivered.</summary>
    internal const string Got = "o.status IN (3, 4, 8, 9)";

    /// <summary>Rows that are no reason against telling it anew: they ended, or will, because the words were put right.</summary>
    internal const string NotTold = "(o.status IN (0, 1) OR (o.status = 7 AND o.reason IN ('corrected', 'cancelled')))";

    /// <summary>A reader who had as many texts as was agreed gets it the next day; it must not have become stale by then.</summary>
    private static readonly TimeSpan Longer = TimeSpan.FromHours(24);

    /// <summary>Whom an alert of an article tells, by what the article's other alerts did.</summary>
    /// <param name="told">The alerts that told of the article, by themselves or in digests.</param>
    /// <param name="takers">Who is told of such an article at once.</param>
    /// <param name="parameters">What is added to the statement's.</param>
    /// <returns>
    /// The condition on a subscription <c>s</c>, and for which topics such a reader has it (null: those it takes), and what is joined for both. An article lies in as many digests as there are
    /// choices of readers, hundreds of them; so those who have it from one are gathered once for all readers between <c>@from</c> and <c>@to</c>, and not looked for by each.
    /// </returns>
    internal static (string Whom, string? Scope, string Join) Whom(AlertAudience audience, IReadOnlyList<Guid> told, string takers, List<(string, object?)> parameters)
    {
        if (audience == AlertAudience.Readers || told.Count == 0)
        {
            return (audience == AlertAudience.Told ? "1 = 0" : takers, null, "");
        }

        string[] names = [.. told.Select((_, i) => "told" + i.ToString(CultureInfo.InvariantCulture))];
        parameters.AddRange(names.Select((name, i) => (name, (object?)told[i])));
        var list = string.Join(", ", names.Select(name => "@" + name));
        var own = $"FROM deliveries o WHERE o.contact_id = s.contact_id AND o.subject_id IN ({list})";
        var join = $"""
            LEFT JOIN (SELECT o.contact_id, max(o.scope) AS scope FROM digest_articles x JOIN deliveries o ON o.subject_id = x.digest_id AND o.contact_id > @from AND o.contact_id <= @to
              WHERE x.alert_id IN ({list}) AND {Got} GROUP BY o.contact_id) g ON g.contact_id = s.contact_id
            """;
        return audience == AlertAudience.Told
            ? ($"s.state = 2 AND (EXISTS (SELECT 1 {own} AND {Got}) OR g.contact_id IS NOT NULL)", $"COALESCE((SELECT max(o.scope) {own} AND {Got}), g.scope, '')", join)
            : ($"{takers} AND NOT EXISTS (SELECT 1 {own} AND NOT {NotTold}) AND g.contact_id IS NULL", null, join);
    }

    /// <summary>An edit, and a word to those who have the former words. The same correction again is the same.</summary>
    /// <returns>Null when there is no such article, or it was taken back.</returns>
    public async Task<Edited?> CorrectAsync(Write write, Guid articleId, ArticleDraft draft)
    {
        if (await IsGoneAsync(write, articleId) || await newsdesk.EditAsync(write, articleId, draft) is not { } edited)
        {
            return null;
        }

        // With the alert's row an edit holds every other one off; a correction that is just beginning takes its words behind its own row.
        await HoldAsync(write, articleId);
        var known = await write.QueryAsync("""
            SELECT a.id, a.corrects, a.audience, a.revision, s.cancelled, s.paused, s.priority, a.expires_at, a.send_at, a.local_time, a.route,
              (a.planned_to > 0 OR a.planned_at IS NOT NULL OR EXISTS (SELECT 1 FROM alert_words w WHERE w.alert_id = a.id)),
              (a.planned_at IS NULL OR s.pending + s.held + s.sending > 0)
            FROM alerts a JOIN sources s ON s.id = a.id WHERE a.article_id = @article ORDER BY a.created_at, a.id
            """, Read, ("article", articleId));
        if (known.Find(a => a.IsOriginal) is not { HasBegun: true } original)
        {
            // Nobody has been told yet: what goes out is right.
            return edited;
        }

        var revision = (int)await write.ScalarAsync<long>("SELECT CAST(COALESCE(max(number), 0) AS bigint) FROM article_revisions WHERE article_id = @id", ("id", articleId));
        var corrections = known.FindAll(a => a.Audience == AlertAudience.Told);
        if (revision < 2 || (corrections.Count == 0 && await IsWhatWentOutAsync(write, original.Id)))
        {
            // Everybody has these words, so there is nothing to put right.
            return edited;
        }

        if (corrections.Find(a => a.Revision == revision) is { } same)
        {
            return new Edited(EditEffect.Correction, original.Id, same.Id);
        }

        foreach (var going in known.Where(a => a.Audience != AlertAudience.Told && a is { HasBegun: true, IsOpen: true, IsCancelled: false, Route: AlertRoute.Instant }))
        {
            await alerts.EndAsync(write, going.Id, "corrected");
            await TellRestAsync(write, articleId, original, going, revision, draft.Title);
        }

        foreach (var wrong in corrections.Where(a => a is { HasBegun: true, IsOpen: true, IsCancelled: false }))
        {
            // Whoever had the first words gets these.
            await alerts.EndAsync(write, wrong.Id, "corrected");
        }

        if (corrections.Find(a => !a.HasBegun && !a.IsCancelled) is { } waiting)
        {
            // It takes its words when it begins.
            await write.ExecuteAsync("UPDATE alerts SET revision = @revision WHERE id = @id", ("revision", revision), ("id", waiting.Id));
            return new Edited(EditEffect.Correction, original.Id, waiting.Id);
        }

        var times = await timetable.PlanAsync(write, new Handling(), original.Priority == Priority.Breaking);
        var id = await alerts.AddAsync(write, new Alert
        {
            Id = Guid.CreateVersion7(await write.NowAsync()),
            ArticleId = articleId,
            Corrects = original.Id,
            Audience = AlertAudience.Told,
            Revision = revision,
            Rule = "an editor's word: a correction",
            CreatedAt = await write.NowAsync(),
            StartsAt = times.StartsAt,
            ExpiresAt = times.StartsAt + options.CurrentValue.TimeToLive + Longer,
        }, original.Priority, draft.Title, isAlone: true);
        return new Edited(EditEffect.Correction, original.Id, id);
    }

    /// <summary>Every alert of the article stays as it is until this transaction ends.</summary>
    private static async Task HoldAsync(Write write, Guid articleId)
    {
        if (write.IsPostgres)
        {
            await write.ExecuteAsync("SELECT 1 FROM alerts WHERE article_id = @article ORDER BY id FOR UPDATE", ("article", articleId));
        }
    }

    /// <summary>Whether it was taken back, or never was.</summary>
    internal static async Task<bool> IsGoneAsync(Write write, Guid articleId) =>
        await write.ScalarAsync<long>("SELECT count(*) FROM articles WHERE id = @id AND unpublished_at IS NULL", ("id", articleId)) == 0;

    private static async Task<bool> IsWhatWentOutAsync(Write write, Guid original) => await write.ScalarAsync<long>("""
        SELECT count(*) FROM alert_words w JOIN alerts a ON a.id = w.alert_id JOIN articles r ON r.id = a.article_id
        WHERE w.alert_id = @id AND w.title = r.title AND w.url = r.url AND COALESCE(w.summary, '') = COALESCE(r.summary, '') AND COALESCE(w.image_url, '') = COALESCE(r.image_url, '')
        """, ("id", original)) > 0;

    /// <summary>What of an alert had not left goes on with the right words, by the hours it had.</summary>
    private async Task TellRestAsync(Write write, Guid articleId, Known original, Known going, int revision, string title)
    {
        var times = await timetable.PlanAsync(write, new Handling(), isUrgent: false);
        if (going.ExpiresAt <= times.StartsAt)
        {
            return;
        }

        await alerts.AddAsync(write, new Alert
        {
            Id = Guid.CreateVersion7(await write.NowAsync()),
            ArticleId = articleId,
            Corrects = original.Id,
            Audience = AlertAudience.Rest,
            Revision = revision,
            Rule = "the words were put right while it went out; this tells those who had not got it",
            CreatedAt = await write.NowAsync(),
            StartsAt = times.StartsAt,
            ExpiresAt = going.ExpiresAt,
            SendAt = going.SendAt,
            LocalTime = going.LocalTime,
        }, going.Priority, title, isPaused: going.IsPaused);
    }

    private static Known Read(System.Data.Common.DbDataReader row) => new(
        row.GetGuid(0), row.IsDBNull(1), (AlertAudience)row.GetInt32(2), row.GetInt32(3), row.GetBoolean(4), row.GetBoolean(5), (Priority)row.GetInt32(6), row.Instant(7),
        row.IsDBNull(8) ? null : row.Instant(8), row.Text(9), (AlertRoute)row.GetInt32(10), row.GetBoolean(11), row.GetBoolean(12));

    private sealed record Known(
        Guid Id, bool IsOriginal, AlertAudience Audience, int Revision, bool IsCancelled, bool IsPaused, Priority Priority, DateTimeOffset ExpiresAt, DateTimeOffset? SendAt, string? LocalTime,
        AlertRoute Route, bool HasBegun, bool IsOpen);
}
