using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Notify.Articles;
using Notify.Deliveries;
using Notify.Jobs;
using Notify.Storage;

namespace Notify.Alerts;

/// <summary>Takes articles in and decides who is told: one alert for an article, for ever.</summary>
internal sealed class Newsdesk(Archive archive, IHints hints, IOptionsMonitor<DeliveryOptions> options) : INewsdesk
{
    /// <summary>Stores an article and, when it is new, decides an alert, in the caller's transaction.</summary>
    public async Task<(Guid ArticleId, Guid? AlertId, bool IsNew)> PublishAsync(Write write, ArticleDraft draft, bool hold)
    {
        var (articleId, isNew) = await archive.AddAsync(write, draft);
        if (!isNew)
        {
            var known = await write.QueryAsync("SELECT id FROM alerts WHERE article_id = @article", row => row.GetGuid(0), ("article", articleId));
            return (articleId, known is [var id] ? id : null, false);
        }

        var now = await write.NowAsync();
        var delivery = options.CurrentValue;
        var starts = draft.Priority == ArticlePriority.Breaking ? now : now + TimeSpan.FromSeconds(delivery.UndoSeconds);
        var alertId = Guid.CreateVersion7(now);
        write.Db.Sources.Add(new Source
        {
            Id = alertId,
            Kind = SourceKind.Alert,
            Priority = draft.Priority == ArticlePriority.Breaking ? Priority.Breaking : Priority.Normal,
            CreatedAt = now,
        });
        await write.SaveAsync();
        write.Db.Alerts.Add(new Alert
        {
            Id = alertId,
            ArticleId = articleId,
            Hold = hold,
            CreatedAt = now,
            StartsAt = starts,
            ExpiresAt = starts + delivery.TimeToLive,
        });
        await write.SaveAsync();
        if (!hold)
        {
            WakeAt(write, alertId, draft.Title);
        }

        return (articleId, alertId, true);
    }

    public async Task EditAsync(Write write, Guid articleId, ArticleDraft draft)
    {
        var article = await write.Db.Articles.FirstAsync(a => a.Id == articleId, write.Cancellation);
        (article.Title, article.Summary, article.Topics, article.UnpublishedAt) = (draft.Title, draft.Summary, string.Join(' ', draft.Topics), null);
        await write.SaveAsync();
    }

    public async Task UnpublishAsync(Write write, Guid articleId)
    {
        if (await write.ExecuteAsync("UPDATE articles SET unpublished_at = @now WHERE id = @id AND unpublished_at IS NULL", ("now", await write.NowAsync()), ("id", articleId)) == 0)
        {
            return;
        }

        foreach (var alert in await write.QueryAsync("SELECT id FROM alerts WHERE article_id = @article", row => row.GetGuid(0), ("article", articleId)))
        {
            await write.ExecuteAsync("UPDATE sources SET cancelled = @yes WHERE id = @id AND kind = 1", ("yes", true), ("id", alert));
            while (await PostOffice.SkipSourceAsync(write, alert, "unpublished") > 0)
            {
            }
        }
    }

    public void WakeAt(Write write, Guid alertId, string title) =>
        write.AfterCommit(() => hints.Wake(JobNames.PlanAlert, alertId.ToString(), Title(title)));

    /// <summary>How the job is called in the dashboard.</summary>
    internal static string Title(string title) => $"Tell readers about '{title}'";
}
