using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Options;
using Notify.Consent;
using Notify.Contacts;
using Notify.Publication;
using Notify.Storage;
using Notify.Web;

namespace Notify.Subscribers;

/// <summary>A reader's own page: what they get, how often and when, a pause, their data. The token is the secret; no cookie, no script.</summary>
internal sealed class PreferencePages(
    Database database, ReaderLinks links, Choices choices, Preferences preferences, Subscriptions subscriptions, Erasure erasure, LinkMessages messages, Disclosures disclosures,
    DigestTimes times, IOptionsMonitor<PublicationOptions> site, TimeProvider clock)
{
    private const int MostPauseDays = 365;

    /// <summary>Changes of one contact in 24 hours; each is kept for ever.</summary>
    private const int MostChangesPerDay = 100;

    private static readonly JsonSerializerOptions Readable = new() { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static Task<IResult> GetAsync(string token, PreferencePages pages, HttpContext context, CancellationToken cancellationToken) => pages.ShowAsync(token, context, cancellationToken);

    public static Task<IResult> PostAsync(string token, PreferencePages pages, HttpContext context, CancellationToken cancellationToken) => pages.DoAsync(token, context, cancellationToken);

    /// <summary>From the foot of a mail, whose one secret is the unsubscribe link's.</summary>
    public static IResult FromMail(string token, LinkTokens tokens, ReaderLinks links, HttpContext context)
    {
        context.Response.Headers["Referrer-Policy"] = "no-referrer";
        context.Response.Headers.CacheControl = "no-store";
        return tokens.TryRead(LinkPurpose.Unsubscribe, token, out var contactId, out _)
            ? TypedResults.LocalRedirect("~" + links.PathFor(contactId))
            : ReaderDocument.Of<LinkPage>(context, LinkPageModel.BadLink.Status, LinkPageModel.BadLink);
    }

    private async Task<IResult> ShowAsync(string token, HttpContext context, CancellationToken cancellationToken) => links.Read(token) is var (contactId, isFresh)
        ? await PageAsync(context, contactId, isFresh, PreferencesNotice.None, cancellationToken)
        : ReaderDocument.Of<LinkPage>(context, LinkPageModel.BadLink.Status, LinkPageModel.BadLink);

    private async Task<IResult> DoAsync(string token, HttpContext context, CancellationToken cancellationToken)
    {
        if (links.Read(token) is not var (contactId, isFresh))
        {
            return ReaderDocument.Of<LinkPage>(context, LinkPageModel.BadLink.Status, LinkPageModel.BadLink);
        }

        var (form, status, problem) = await ReaderForm.ReadAsync(context.Request, cancellationToken);
        if (form is null)
        {
            return await PageAsync(context, contactId, isFresh, PreferencesNotice.Wrong, cancellationToken, problem, status);
        }

        var what = form["do"].ToString();
        if (what == "export" && isFresh)
        {
            return await ExportAsync(context, contactId, cancellationToken);
        }

        if (what == "erase" && isFresh)
        {
            return await PageAsync(context, contactId, isFresh, PreferencesNotice.AskErase, cancellationToken);
        }

        var visitor = context.Visitor;
        var evidence = new ConsentEvidence { Ip = visitor.Address?.ToString(), UserAgent = visitor.UserAgent };
        var (notice, wrong) = await database.WriteAsync(write => ChangeAsync(write, contactId, isFresh, what, form, evidence), cancellationToken);
        return notice switch
        {
            PreferencesNotice.AskErase => ReaderDocument.Of<LinkPage>(context, StatusCodes.Status200OK, LinkPageModel.Erased),
            PreferencesNotice.Wrong => await PageAsync(context, contactId, isFresh, notice, cancellationToken, wrong, StatusCodes.Status400BadRequest),
            PreferencesNotice.TooMany => await PageAsync(context, contactId, isFresh, notice, cancellationToken, status: StatusCodes.Status429TooManyRequests),
            _ => await PageAsync(context, contactId, isFresh, notice, cancellationToken),
        };
    }

    private async Task<(PreferencesNotice Notice, string Problem)> ChangeAsync(Write write, long contactId, bool isFresh, string what, IFormCollection form, ConsentEvidence seen)
    {
        // What happens to one contact happens in order, beside digests that are being written too.
        var found = await write.QueryAsync("SELECT hash, channel, address FROM contacts WHERE id = @id" + (write.IsPostgres ? " FOR UPDATE" : ""),
            row => (Person: new Person(contactId, row.GetString(0), (Channel)row.GetInt32(1)), Address: row.Text(2)), ("id", contactId));
        if (found is not [(var person, { } address)])
        {
            return (PreferencesNotice.None, "");
        }

        var changes = await write.ScalarAsync<long>("SELECT count(*) FROM consent_entries WHERE contact_hash = @hash AND at > @day", ("hash", person.Hash), ("day", await write.NowAsync() - TimeSpan.FromDays(1)));
        if (changes >= MostChangesPerDay && what is "save" or "pause" or "resume")
        {
            return (PreferencesNotice.TooMany, "");
        }

        var isActive = await write.ScalarAsync<object>("SELECT 1 FROM subscriptions WHERE contact_id = @contact AND state = 2", ("contact", contactId)) is not null;
        var evidence = seen with { Address = address };
        switch (what)
        {
            case "save" when isActive:
                if (Read(form, person.Channel, out var problem) is not { } choice)
                {
                    return (PreferencesNotice.Wrong, problem);
                }

                var words = await disclosures.KeepAsync(write, person.Channel == Channel.Text ? Disclosures.Text : Disclosures.Mail, Field(form, "disclosure"));
                await choices.SetAsync(write, person, choice, "preferences", evidence, words);
                return (PreferencesNotice.Saved, "");
            case "pause" when isActive:
                if (!int.TryParse(form["days"], NumberStyles.None, CultureInfo.InvariantCulture, out var days) || days is < 1 or > MostPauseDays)
                {
                    return (PreferencesNotice.Wrong, $"Please choose a pause of 1 to {MostPauseDays} days.");
                }

                await preferences.PauseAsync(write, contactId, person.Hash, person.Channel, days, "preferences", evidence with { Note = string.Create(CultureInfo.InvariantCulture, $"{days} days") });
                return (PreferencesNotice.Paused, "");
            case "resume" when isActive:
                await preferences.ResumeAsync(write, contactId, person.Hash, person.Channel, "preferences", evidence);
                return (PreferencesNotice.Resumed, "");
            case "stop":
                await subscriptions.StopAsync(write, contactId, person.Hash, person.Channel, ConsentKind.Unsubscribed, "preferences", "unsubscribed", evidence);
                return (PreferencesNotice.None, "");
            case "eraseNow" when isFresh:
                await erasure.EraseAsync(write, person, "preferences");
                return (PreferencesNotice.AskErase, "");
            case "export" or "erase" or "eraseNow":
                await messages.SendAsync(write, contactId);
                return (PreferencesNotice.LinkSent, "");
            default:
                return (PreferencesNotice.None, "");
        }
    }

    /// <returns>Null when <paramref name="problem"/> says what is wrong.</returns>
    private Choice? Read(IFormCollection form, Channel channel, out string problem)
    {
        problem = "";
        HashSet<string>? topics = site.CurrentValue.Topics.Count > 0 ? [.. form["topics"].OfType<string>().Where(key => site.CurrentValue.Topics.Any(t => t.Key == key))] : null;
        var since = TimeOf(Field(form, "quietFrom"));
        var until = TimeOf(Field(form, "quietTo"));
        // Whoever keeps the usual hour goes along when it is changed.
        int? minute = TimeOf(Field(form, "hour")) is { } hour && hour != times.Usual ? (int)hour.ToTimeSpan().TotalMinutes : null;
        int? day = int.TryParse(Field(form, "day"), NumberStyles.None, CultureInfo.InvariantCulture, out var weekday) && weekday is >= 0 and <= 6 && weekday != (int)site.CurrentValue.DigestDay ? weekday : null;
        problem = topics is { Count: 0 } ? "Please tick at least one topic. To get nothing any more, use the button further down."
            : FrequencyNames.Read(Field(form, "frequency")) is null ? "Please choose how often you want to hear from us."
            : channel == Channel.Text && (since is null) != (until is null) ? "Please choose both ends of your quiet hours, or none."
            : channel == Channel.Text && since is not null && since == until ? "Your quiet hours begin and end at the same time. Please choose two different times, or none."
            : "";
        if (problem.Length > 0)
        {
            return null;
        }

        var quiet = channel == Channel.Text && since is { } from && until is { } to ? OwnQuiet.Write(from, to) : "";
        return new Choice(topics, new Cadence(FrequencyNames.Read(Field(form, "frequency"))!.Value, minute, day), quiet, form["breakingAtNight"].Count > 0, SubscribeForm.KnownZone(Field(form, "timeZone")));
    }

    private async Task<IResult> ExportAsync(HttpContext context, long contactId, CancellationToken cancellationToken)
    {
        await using var db = database.Read();
        var person = await FindAsync(db, contactId, cancellationToken);
        if (person is null)
        {
            return ReaderDocument.Of<LinkPage>(context, LinkPageModel.BadLink.Status, LinkPageModel.BadLink);
        }

        var document = await erasure.ExportAsync(person, cancellationToken);
        context.Response.Headers.CacheControl = "no-store";
        context.Response.Headers["Referrer-Policy"] = "no-referrer";
        return TypedResults.File(Encoding.UTF8.GetBytes(document.ToJsonString(Readable)), "application/json; charset=utf-8", "my-data.json");
    }

    private static async Task<Person?> FindAsync(NotifyDb db, long contactId, CancellationToken cancellationToken) =>
        await db.Contacts.FindAsync([contactId], cancellationToken) is { } contact ? new Person(contact.Id, contact.Hash, contact.Channel) : null;

    private async Task<IResult> PageAsync(
        HttpContext context, long contactId, bool isFresh, PreferencesNotice notice, CancellationToken cancellationToken, string problem = "", int status = StatusCodes.Status200OK)
    {
        var model = await database.WriteAsync(write => ReadAsync(write, contactId, isFresh), cancellationToken);
        return model is null
            ? ReaderDocument.Of<LinkPage>(context, LinkPageModel.BadLink.Status, LinkPageModel.BadLink)
            : ReaderDocument.Of<PreferencesPage>(context, status, model with { Notice = notice, Problem = problem });
    }

    private async Task<PreferencesModel?> ReadAsync(Write write, long contactId, bool isFresh)
    {
        var found = await write.QueryAsync("""
            SELECT c.channel, c.address, s.frequency, s.digest_minute, s.digest_day, s.breaking_at_night, s.time_zone, w.quiet, s.digest_at,
              (SELECT p.until FROM suppressions p WHERE p.contact_id = c.id AND p.scope = '' AND p.until IS NOT NULL AND p.reason = @paused)
            FROM contacts c LEFT JOIN subscriptions s ON s.contact_id = c.id LEFT JOIN whereabouts w ON w.id = s.whereabouts_id WHERE c.id = @contact
            """,
            row => (Channel: (Channel)row.GetInt32(0), Address: row.Text(1), Frequency: row.IsDBNull(2) ? Frequency.Instant : (Frequency)row.GetInt32(2), Minute: row.IsDBNull(3) ? (int?)null : row.GetInt32(3),
                Day: row.IsDBNull(4) ? (int?)null : row.GetInt32(4), Night: !row.IsDBNull(5) && row.GetBoolean(5), Zone: row.Text(6), Quiet: row.Text(7) ?? "",
                DigestAt: row.IsDBNull(8) ? (DateTimeOffset?)null : row.Instant(8), Paused: row.IsDBNull(9) ? (DateTimeOffset?)null : row.Instant(9)),
            ("contact", contactId), ("paused", Preferences.Paused));
        if (found is not [var reader])
        {
            return null;
        }

        var taken = await Preferences.TakenAsync(write, contactId, site.CurrentValue.Topics.Select(topic => topic.Key));
        return new PreferencesModel
        {
            Channel = reader.Channel,
            Masked = reader.Address is null ? "erased" : new ContactPoint(reader.Channel, reader.Address).ToString(),
            IsFresh = isFresh && reader.Address is not null,
            IsActive = taken.IsActive,
            Topics = taken.Topics,
            Frequency = reader.Frequency,
            Minute = reader.Minute ?? (int)times.Usual.ToTimeSpan().TotalMinutes,
            Day = reader.Day ?? (int)site.CurrentValue.DigestDay,
            Quiet = reader.Quiet,
            BreakingAtNight = reader.Night,
            TimeZone = reader.Zone,
            PausedUntil = reader.Paused > clock.GetUtcNow() ? reader.Paused : null,
            DigestAt = reader.DigestAt,
        };
    }

    private static TimeOnly? TimeOf(string? text) => TimeOnly.TryParseExact(text, "HH:mm", CultureInfo.InvariantCulture, DateTimeStyles.None, out var time) ? time : null;

    private static string? Field(IFormCollection form, string name) => form[name].FirstOrDefault()?.Replace("\0", "", StringComparison.Ordinal).Trim() is { Length: > 0 } text ? text : null;
}
