using System.Globalization;
using Microsoft.Extensions.Options;
using Notify.Consent;
using Notify.Contacts;
using Notify.Publication;
using Notify.Storage;

namespace Notify.Subscribers;

/// <summary>What a reader set on their page.</summary>
/// <param name="Topics">Those that are ticked; null: the publication has none to tick.</param>
/// <param name="Quiet">As <see cref="OwnQuiet"/> writes it; empty: none.</param>
internal sealed record Choice(IReadOnlySet<string>? Topics, Cadence Cadence, string Quiet, bool BreakingAtNight, string? TimeZone);

/// <summary>Changes what a contact gets, each change with the entry that explains it. The contact's row is the caller's.</summary>
internal sealed class Choices(Preferences preferences, Rhythm rhythm, DigestTimes times, IOptionsMonitor<PublicationOptions> site)
{
    /// <param name="words">The version of the words shown, which holds where more is wanted than before.</param>
    public async Task SetAsync(Write write, Person person, Choice choice, string how, ConsentEvidence evidence, string? words)
    {
        if (choice.Topics is { } ticked)
        {
            var all = site.CurrentValue.Topics.Select(topic => topic.Key).Distinct(StringComparer.Ordinal).ToList();
            var taken = (await Preferences.TakenAsync(write, person.ContactId, all)).Topics;
            foreach (var topic in all.Where(topic => ticked.Contains(topic) && !taken.Contains(topic, StringComparer.Ordinal)))
            {
                await preferences.StartTopicAsync(write, person.ContactId, person.Hash, person.Channel, topic, how, evidence, endsPause: false, words);
            }

            foreach (var topic in taken.Where(topic => !ticked.Contains(topic)))
            {
                await preferences.StopTopicAsync(write, person.ContactId, person.Hash, person.Channel, topic, how, evidence);
            }
        }

        var before = await ReadAsync(write, person.ContactId);
        await PlaceAsync(write, person, choice, before);
        var cadence = await Rhythm.OfAsync(write, person.ContactId);
        if (cadence != choice.Cadence)
        {
            await rhythm.ChangeAsync(write, person.ContactId, choice.Cadence);
        }
        else if (before.TimeZone != choice.TimeZone)
        {
            await rhythm.MovedAsync(write, person.ContactId);
        }

        if (cadence != choice.Cadence || before != new Known(choice.TimeZone, choice.Quiet, choice.BreakingAtNight))
        {
            await preferences.ChangedAsync(write, person.Hash, person.Channel, how, evidence with { Note = Say(choice), TimeZone = choice.TimeZone }, words);
        }
    }

    /// <summary>One digest a day instead of each article; whoever has digests stays with them.</summary>
    /// <returns>At which time of their day; null where nothing was changed.</returns>
    public async Task<TimeOnly?> LessAsync(Write write, Person person, string how, ConsentEvidence evidence)
    {
        var cadence = await Rhythm.OfAsync(write, person.ContactId);
        if (cadence.Frequency != Frequency.Instant)
        {
            return null;
        }

        await rhythm.ChangeAsync(write, person.ContactId, cadence with { Frequency = Frequency.Daily });
        var at = cadence.Minute is { } minute ? TimeOnly.FromTimeSpan(TimeSpan.FromMinutes(minute)) : times.Usual;
        await preferences.ChangedAsync(write, person.Hash, person.Channel, how, evidence with { Note = Say(cadence with { Frequency = Frequency.Daily }) });
        return at;
    }

    /// <summary>Each article again, for whoever has digests.</summary>
    /// <returns>False where nothing was changed.</returns>
    public async Task<bool> MoreAsync(Write write, Person person, string how, ConsentEvidence evidence)
    {
        var cadence = await Rhythm.OfAsync(write, person.ContactId);
        if (cadence.Frequency == Frequency.Instant || await Suppressions.RestsAsync(write, person.ContactId, Preferences.Paused))
        {
            return false;
        }

        await rhythm.ChangeAsync(write, person.ContactId, cadence with { Frequency = Frequency.Instant });
        await preferences.ChangedAsync(write, person.Hash, person.Channel, how, evidence with { Note = Say(cadence with { Frequency = Frequency.Instant }) });
        return true;
    }

    private static async Task PlaceAsync(Write write, Person person, Choice choice, Known before)
    {
        if (before == new Known(choice.TimeZone, choice.Quiet, choice.BreakingAtNight)
            || await write.ScalarAsync<string>("SELECT address FROM contacts WHERE id = @id", ("id", person.ContactId)) is not { } address)
        {
            return;
        }

        var whereabouts = await Places.KeepAsync(write, new ContactPoint(person.Channel, address), choice.TimeZone, choice.Quiet);
        await write.ExecuteAsync("UPDATE subscriptions SET time_zone = NULLIF(@zone, ''), whereabouts_id = @whereabouts, breaking_at_night = @night WHERE contact_id = @contact",
            ("zone", choice.TimeZone ?? ""), ("whereabouts", whereabouts), ("night", choice.BreakingAtNight), ("contact", person.ContactId));
    }

    private static async Task<Known> ReadAsync(Write write, long contactId) => (await write.QueryAsync(
        "SELECT s.time_zone, w.quiet, s.breaking_at_night FROM subscriptions s JOIN whereabouts w ON w.id = s.whereabouts_id WHERE s.contact_id = @contact",
        row => new Known(row.Text(0), row.GetString(1), row.GetBoolean(2)), ("contact", contactId))).FirstOrDefault() ?? new Known(null, "", false);

    private string Say(Choice choice) =>
        $"{Say(choice.Cadence)}; {(choice.Quiet.Length > 0 ? $"quiet {choice.Quiet}" : "no quiet hours of their own")}; breaking news at night: {(choice.BreakingAtNight ? "yes" : "no")}";

    private string Say(Cadence cadence)
    {
        var at = cadence.Minute is { } minute ? TimeOnly.FromTimeSpan(TimeSpan.FromMinutes(minute)) : times.Usual;
        return cadence.Frequency switch
        {
            Frequency.Daily => string.Create(CultureInfo.InvariantCulture, $"a daily digest at {at:HH:mm}"),
            Frequency.Weekly => string.Create(CultureInfo.InvariantCulture, $"a weekly digest on {(cadence.Day is { } day ? (DayOfWeek)day : site.CurrentValue.DigestDay)} at {at:HH:mm}"),
            _ => "each article at once",
        };
    }

    private sealed record Known(string? TimeZone, string Quiet, bool BreakingAtNight);
}
