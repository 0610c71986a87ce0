using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using Notify.Contacts;
using Notify.Storage;

namespace Notify.Subscribers;

/// <summary>What a contact chose, and the requests it was asked about.</summary>
internal sealed class SubscriberData : IExport, IForget
{
    public string Name => "subscription";

    public async Task<JsonNode?> ExportAsync(NotifyDb db, Person person, CancellationToken cancellationToken)
    {
        if (await db.Subscriptions.AsNoTracking().FirstOrDefaultAsync(s => s.ContactId == person.ContactId, cancellationToken) is not { } reader)
        {
            return null;
        }

        var topics = await db.SubscriptionTopics.Where(t => t.ContactId == person.ContactId).Select(t => t.Topic).OrderBy(t => t).ToListAsync(cancellationToken);
        return new JsonObject
        {
            ["state"] = System.Text.Json.JsonNamingPolicy.CamelCase.ConvertName(reader.State.ToString()),
            ["allTopics"] = reader.AllTopics,
            ["topics"] = new JsonArray([.. topics.Select(topic => (JsonNode)topic)]),
            ["frequency"] = FrequencyNames.Of(reader.Frequency),
            ["digestMinute"] = reader.DigestMinute,
            ["digestDay"] = reader.DigestDay,
            ["breakingAtNight"] = reader.BreakingAtNight,
            ["locale"] = reader.Locale,
            ["timeZone"] = reader.TimeZone,
            ["signedUpAt"] = reader.CreatedAt,
            ["confirmedAt"] = reader.ConfirmedAt,
            ["endedAt"] = reader.EndedAt,
        };
    }

    public async Task ForgetAsync(Write write, Person person)
    {
        await write.ExecuteAsync("DELETE FROM subscription_topics WHERE contact_id = @contact", ("contact", person.ContactId));
        await write.ExecuteAsync("DELETE FROM opt_ins WHERE contact_id = @contact", ("contact", person.ContactId));
        await write.ExecuteAsync("UPDATE subscriptions SET time_zone = NULL, whereabouts_id = 0 WHERE contact_id = @contact", ("contact", person.ContactId));
    }
}
