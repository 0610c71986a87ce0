using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Options;
using Notify.Consent;
using Notify.Inbound;
using Notify.Jobs;
using Notify.Storage;

namespace Notify.Providers.Twilio;

/// <summary>
/// Tells Twilio's lists who left and who came back by other ways than a text (accounts.twilio.com/v1/Consents/Bulk). Only for senders on which Twilio
/// keeps a list: a short code of its own, where we answer keywords, has none. The same word twice does no harm, so what was told and not written down is told again.
/// </summary>
internal sealed partial class TwilioConsents(
    Database database, IHttpClientFactory clients, IOptions<TwilioOptions> options, IAlarm alarm, TimeProvider clock, ILogger<TwilioConsents> logger) : IErrand
{
    /// <summary>As many items as a request takes (twilio.com/docs/messaging/features/consent-api).</summary>
    private const int AtOnce = 25;

    /// <summary>Every five seconds; the same page allows a hundred requests a minute.</summary>
    private const int MostRequests = 8;

    private const string AlarmName = "opt-outs not told to the provider";

    private static readonly TimeSpan[] Waits = [.. new[] { 1, 5, 15, 60, 240 }.Select(minutes => TimeSpan.FromMinutes(minutes))];

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        for (var requests = 0; requests < MostRequests && await TellAsync(cancellationToken); requests++)
        {
        }
    }

    /// <returns>Whether there may be more to tell now.</returns>
    private async Task<bool> TellAsync(CancellationToken cancellationToken)
    {
        var taken = await database.WriteAsync(write => ConsentsToTell.TakeAsync(write, AtOnce), cancellationToken);
        if (taken.Count == 0)
        {
            return false;
        }

        var told = taken.Select(word => (Word: word, List: ListOf(word), Id: Guid.CreateVersion7(clock.GetUtcNow()).ToString("N"))).ToList();
        var needed = told.Where(t => t.List is not null && t.Word.Address is not null).ToList();
        var failure = needed.Count > 0 ? await PushAsync(needed.ConvertAll(t => Item(t.Word, t.List!, t.Id)), cancellationToken) : null;
        await database.WriteAsync(async write =>
        {
            foreach (var (word, list, _) in told)
            {
                if (failure is null || list is null || word.Address is null)
                {
                    await ConsentsToTell.ToldAsync(write, word);
                }
                else
                {
                    await ConsentsToTell.LaterAsync(write, word, Waits[Math.Min(word.Attempts, Waits.Length) - 1]);
                }
            }
        }, CancellationToken.None);
        if (failure is null && needed.Count > 0)
        {
            await alarm.ClearAsync(AlarmName, CancellationToken.None);
        }

        if (failure is not null && taken.Any(word => word.Attempts >= Waits.Length))
        {
            await alarm.RaiseAsync(AlarmName, $"The provider does not take who left and who came back: {failure}. Nothing is sent to those who left; those who came back may still be blocked there. It is tried again by itself.", CancellationToken.None);
        }

        return failure is null && taken.Count == AtOnce;
    }

    /// <summary>The list a contact stands on at Twilio: the messaging service's, or its number's; null where there is none.</summary>
    private string? ListOf(ConsentToTell word) => options.Value.Senders.FirstOrDefault(s => s.Name == word.Sender) switch
    {
        { MessagingServiceSid: { Length: > 0 } service } => service,
        { KeywordReplies: KeywordReplies.Provider, From: { Length: > 0 } from } => from,
        _ => null,
    };

    /// <returns>Why it was not taken; null when it was.</returns>
    private async Task<string?> PushAsync(List<string> items, CancellationToken cancellationToken)
    {
        var o = options.Value;
        using var request = new HttpRequestMessage(HttpMethod.Post, $"{o.AccountsUrl.TrimEnd('/')}/v1/Consents/Bulk")
        {
            Content = new FormUrlEncodedContent(items.Select(item => KeyValuePair.Create("Items", item))),
            Headers = { Authorization = o.Credentials },
        };
        try
        {
            using var client = clients.CreateClient(TwilioTexts.ClientName);
            using var response = await client.SendAsync(request, cancellationToken);
            if (!response.IsSuccessStatusCode)
            {
                return string.Create(CultureInfo.InvariantCulture, $"it answered {(int)response.StatusCode}");
            }

            var answer = await JsonSerializer.DeserializeAsync(await response.Content.ReadAsStreamAsync(cancellationToken), TwilioJson.Default.ConsentsAnswer, cancellationToken);
            foreach (var code in (answer?.Items ?? []).Where(item => item.ErrorCode is not (null or 0)).GroupBy(item => item.ErrorCode))
            {
                // It would be refused again: it is said and not repeated.
                LogRefused(code.Count(), code.Key!.Value);
            }

            return null;
        }
        catch (Exception e) when (e is HttpRequestException or IOException or JsonException or OperationCanceledException)
        {
            return $"it could not be reached ({e.GetType().Name})";
        }
    }

    private static string Item(ConsentToTell word, string list, string id) => JsonSerializer.Serialize(new ConsentItem(
        word.Address!, id, list, word.IsAllowed ? "opt-in" : "opt-out", Source(word), word.At.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture)), TwilioJson.Default.ConsentItem);

    private static string Source(ConsentToTell word) => word.How switch
    {
        "form" or "api" or "link" => "website",
        "reply" => word.IsAllowed ? "opt-in-message" : "opt-out-message",
        "phone" or "letter" or "in person" => "offline",
        _ => "others",
    };

    [LoggerMessage(Level = LogLevel.Warning, Message = "The provider refused {Count} words on consent with code {Code}; they are not told again")]
    private partial void LogRefused(int count, int code);
}
