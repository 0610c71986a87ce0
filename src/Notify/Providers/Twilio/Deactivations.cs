using System.Globalization;
using System.Net;
using System.Text.Json;
using Microsoft.Extensions.Options;
using Notify.Consent;
using Notify.Contacts;
using Notify.Deliveries;
using Notify.Jobs;
using Notify.Publication;
using Notify.Storage;
using Notify.Web;

namespace Notify.Providers.Twilio;

/// <summary>
/// Each night the numbers of the United States that were given up the day before (messaging.twilio.com/v1/Deactivations): whoever gets such a number next
/// never asked for texts. Those known here are stopped as gone. A list is read as it comes, some hundred thousand numbers long, and each day once; days that were missed are caught up.
/// </summary>
internal sealed partial class Deactivations(
    Database database, ContactBook contacts, Ledger ledger, IHttpClientFactory clients, IOptions<TwilioOptions> options, IOptionsMonitor<PublicationOptions> site,
    SandboxSettings sandbox, IAlarm alarm, TimeProvider clock, ILogger<Deactivations> logger) : IErrand
{
    private const string Mark = "deactivated numbers read up to";
    private const string AlarmName = "deactivated numbers not read";
    private const int AtOnce = 500;
    private const int MostDaysBack = 7;

    /// <summary>The list of a day is there some hours after it.</summary>
    private static readonly TimeSpan Ready = TimeSpan.FromHours(6);

    private static readonly TimeSpan Again = TimeSpan.FromMinutes(30);

    /// <summary>How long a list may take: a day has some hundred thousand numbers, of a dozen octets each.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    private DateTimeOffset _next;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var now = await database.NowAsync(cancellationToken);
        if (now < _next || options.Value.Senders.Count == 0 || !site.CurrentValue.AllowedCountries.Contains("US", StringComparer.OrdinalIgnoreCase))
        {
            return;
        }

        _next = now + Again;
        var newest = DateOnly.FromDateTime((now - Ready).UtcDateTime).AddDays(-1);
        if (await TakeAsync(newest, now, cancellationToken) is not { } day)
        {
            return;
        }

        try
        {
            for (; day <= newest; day = day.AddDays(1))
            {
                var gone = await ReadAsync(day, cancellationToken);
                await MarkAsync(day);
                LogRead(day, gone);
            }

            await alarm.ClearAsync(AlarmName, cancellationToken);
        }
        catch (Exception e) when (e is HttpRequestException or IOException or JsonException or TaskCanceledException && !cancellationToken.IsCancellationRequested)
        {
            LogNotRead(e, day);
            if (newest.DayNumber - day.DayNumber >= 1)
            {
                await alarm.RaiseAsync(AlarmName, "The provider's list of numbers that were given up could not be read for more than a day. Texts may reach people who never asked for them. It is tried again by itself.", cancellationToken);
            }
        }
    }

    /// <summary>The first day that nobody has read yet, for this node alone; null when there is none, or another is at it.</summary>
    private Task<DateOnly?> TakeAsync(DateOnly newest, DateTimeOffset now, CancellationToken cancellationToken) => database.WriteAsync(async write =>
    {
        if (await write.ScalarAsync<string>("SELECT value FROM installation WHERE name = @name" + (write.IsPostgres ? " FOR UPDATE" : ""), ("name", Mark)) is not { } mark)
        {
            // A new installation begins with yesterday.
            await write.ExecuteAsync("INSERT INTO installation (name, value) VALUES (@name, @value) ON CONFLICT (name) DO NOTHING", ("name", Mark), ("value", Value(newest.AddDays(-1), now + Again)));
            return (DateOnly?)newest;
        }

        var parts = mark.Split(' ');
        var read = DateOnly.ParseExact(parts[0], "yyyy-MM-dd", CultureInfo.InvariantCulture);
        if (read >= newest || long.Parse(parts[1], CultureInfo.InvariantCulture) > now.ToUnixTimeMilliseconds())
        {
            return null;
        }

        await write.ExecuteAsync("UPDATE installation SET value = @value WHERE name = @name", ("name", Mark), ("value", Value(read, now + Again)));
        return read < newest.AddDays(-MostDaysBack) ? newest.AddDays(-MostDaysBack) : read.AddDays(1);
    }, cancellationToken);

    private Task MarkAsync(DateOnly day) => database.WriteAsync(write => write.ExecuteAsync(
        "UPDATE installation SET value = @value WHERE name = @name", ("name", Mark), ("value", Value(day, DateTimeOffset.UnixEpoch))), CancellationToken.None);

    private static string Value(DateOnly day, DateTimeOffset until) => string.Create(CultureInfo.InvariantCulture, $"{day:yyyy-MM-dd} {until.ToUnixTimeMilliseconds()}");

    private async Task<int> ReadAsync(DateOnly day, CancellationToken stopping)
    {
        // A client's time-out ends with an answer's head, and the list is its body.
        using var limit = new CancellationTokenSource(Patience, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, stopping);
        var cancellationToken = either.Token;
        using var client = clients.CreateClient(TwilioTexts.ClientName);
        var where = await WhereAsync(client, day, cancellationToken);

        // The list lies elsewhere, under an address that is a secret of its own: our credentials stay here.
        using var list = await client.GetAsync(where, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        list.EnsureSuccessStatusCode();
        using var lines = new StreamReader(await list.Content.ReadAsStreamAsync(cancellationToken));
        var (gone, some) = (0, new List<string>(AtOnce));
        while (await lines.ReadLineAsync(cancellationToken) is { } line)
        {
            if (PhoneNumber.TryParseAny(line.Trim(), "US", out var number))
            {
                some.Add(contacts.Hash(ContactPoint.Of(number)));
            }

            if (some.Count == AtOnce)
            {
                gone += await StopAsync(some);
            }
        }

        return gone + await StopAsync(some);
    }

    /// <summary>Where the list of a day lies; the answer's body says it.</summary>
    private async Task<Uri> WhereAsync(HttpClient client, DateOnly day, CancellationToken cancellationToken)
    {
        var o = options.Value;
        var address = string.Create(CultureInfo.InvariantCulture, $"{o.MessagingUrl.TrimEnd('/')}/v1/Deactivations?Date={day:yyyy-MM-dd}");
        using var asked = new HttpRequestMessage(HttpMethod.Get, address) { Headers = { Authorization = o.Credentials } };
        using var answer = await client.SendAsync(asked, cancellationToken);
        if (answer.StatusCode != HttpStatusCode.TemporaryRedirect)
        {
            throw new HttpRequestException($"The provider answered {(int)answer.StatusCode} and not where the list is.");
        }

        var said = await JsonSerializer.DeserializeAsync(await answer.Content.ReadAsStreamAsync(cancellationToken), TwilioJson.Default.DeactivationsAnswer, cancellationToken);
        return Uri.TryCreate(said?.RedirectTo, UriKind.Absolute, out var where) && IsAllowed(where)
            ? where
            : throw new HttpRequestException("The provider did not say where the list is, or it is no address that may be asked.");
    }

    private bool IsAllowed(Uri where) => where.Scheme == Uri.UriSchemeHttps || (sandbox.IsEnabled && where.IsLoopback);

    /// <summary>Stops those that are readers and not stopped yet; empties the list.</summary>
    private async Task<int> StopAsync(List<string> hashes)
    {
        var known = new List<long>();
        await using (var connection = await database.ConnectAsync(CancellationToken.None))
        {
            await using var command = connection.CreateCommand();
            command.CommandText = """
                SELECT c.id FROM contacts c WHERE c.hash = @hash AND NOT EXISTS (SELECT 1 FROM suppressions s WHERE s.contact_id = c.id AND s.scope = '' AND s.until IS NULL)
                """;
            Sql.Bind(command, "hash", "");
            foreach (var hash in hashes)
            {
                command.Parameters[0].Value = hash;
                if (await command.ExecuteScalarAsync() is long id)
                {
                    known.Add(id);
                }
            }
        }

        hashes.Clear();
        foreach (var id in known)
        {
            await database.WriteAsync(write => LaneLedger.SuppressAsync(write, ledger, id, Channel.Text, "the number was given up"), CancellationToken.None);
        }

        return known.Count;
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Read the numbers that were given up on {Day}; {Count} of them were readers and are stopped")]
    private partial void LogRead(DateOnly day, int count);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The numbers that were given up on {Day} could not be read; it is tried again")]
    private partial void LogNotRead(Exception exception, DateOnly day);
}
