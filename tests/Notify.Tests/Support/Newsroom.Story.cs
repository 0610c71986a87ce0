using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Notify.Tests.Support;

/// <summary>What readers, editors and carriers do in a story.</summary>
internal sealed partial class Newsroom
{
    private const int Patience = 30;
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(50);

    /// <summary>What Notify warned of; of a process, see its output.</summary>
    public KeptLog Log { get; } = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>A reader fills in the form; the answer is the same whoever asks.</summary>
    public async Task SignUpAsync(string? phone = null, string? email = null, params string[] topics)
    {
        using var response = await Public.PostAsJsonAsync("/api/subscriptions", new { phone, email, topics, consent = true }, Cancellation);
        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
    }

    /// <summary>A reader who signed up and said Y.</summary>
    public async Task SignUpAndConfirmTextAsync(string phone, params string[] topics)
    {
        await SignUpAsync(phone: phone, topics: topics);
        await EventuallyAsync(async () => (await TextsAsync(phone)).Count == 1, $"{phone} is asked to confirm");
        await ReplyAsync(phone, "Y");
    }

    /// <summary>A reader who signed up and pressed the button behind the link.</summary>
    public async Task SignUpAndConfirmMailAsync(string email, params string[] topics)
    {
        await SignUpAsync(email: email, topics: topics);
        await EventuallyAsync(async () => (await MailsAsync(email)).Count == 1, $"{email} is asked to confirm");
        using var response = await Public.PostAsync(new Uri(LinkTo("/confirm/", (await MailsAsync(email))[0].Text)), content: null, Cancellation);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    /// <summary>Somebody texts our sender.</summary>
    /// <param name="sid">A known one is the same text once more, as a provider repeats a webhook.</param>
    public async Task<Replied> ReplyAsync(string phone, string body, string? sid = null)
    {
        using var response = await Handsets.PostAsJsonAsync($"/handsets/{phone}/messages", new { body, sid }, Cancellation);
        return (await response.Content.ReadFromJsonAsync<Replied>(Cancellation))!;
    }

    /// <summary>The CMS hands in an article; the alert starts at once.</summary>
    /// <returns>The alert's id.</returns>
    public async Task<Guid> PublishAsync(string title, string? url = null, params string[] topics)
    {
        var (status, answer) = await PostArticleAsync(new { url = url ?? $"https://yid-info.example/{Guid.CreateVersion7():N}", title, topics });
        Assert.Equal(HttpStatusCode.Created, status);
        return answer.GetProperty("alertId").GetGuid();
    }

    /// <summary>Any article, as it is; the answer's status and body.</summary>
    public async Task<(HttpStatusCode Status, JsonElement Answer)> PostArticleAsync(object article, string? idempotencyKey = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/articles") { Content = JsonContent.Create(article) };
        if (idempotencyKey is not null)
        {
            request.Headers.Add("Idempotency-Key", idempotencyKey);
        }

        using var response = await Api.SendAsync(request, Cancellation);
        return (response.StatusCode, await response.Content.ReadFromJsonAsync<JsonElement>(Cancellation));
    }

    /// <summary>An operator's verb without a body, such as <c>/api/sending/pause</c>.</summary>
    public async Task PostAsync(string path)
    {
        using var response = await Api.PostAsync(path, content: null, Cancellation);
        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
    }

    public async Task<AlertShown> AlertAsync(Guid id) => (await Api.GetFromJsonAsync<AlertShown>($"/api/alerts/{id}", Cancellation))!;

    /// <summary>Waits until nothing of an alert is open any more.</summary>
    public async Task<AlertShown> FinishedAsync(Guid id, bool hurry = false, int seconds = Patience)
    {
        AlertShown? shown = null;
        await EventuallyAsync(async () => (shown = await AlertAsync(id)) is { State: "finished" or "cancelled", Counts: { Pending: 0, Sending: 0, InDoubt: 0, Held: 0 } }, "the alert finishes", hurry, seconds);
        return shown!;
    }

    /// <summary>The bodies of the texts a handset got, oldest first.</summary>
    public async Task<IReadOnlyList<string>> TextsAsync(string phone) =>
        [.. (await Handsets.GetFromJsonAsync<IReadOnlyList<Shown>>($"/handsets/{phone}/messages", Cancellation))!.Where(m => m.Direction == "toReader").Select(m => m.Body)];

    public async Task<IReadOnlyList<Mail>> MailsAsync(string email) => (await Handsets.GetFromJsonAsync<IReadOnlyList<Mail>>($"/mailboxes/{email}/messages", Cancellation))!;

    /// <summary>How many texts each handset shows, both directions; a handset that shows none is not there.</summary>
    public async Task<IReadOnlyDictionary<string, int>> TextCountsAsync() =>
        (await Handsets.GetFromJsonAsync<IReadOnlyList<Counted>>("/handsets", Cancellation))!.ToDictionary(h => h.Address, h => h.Count, StringComparer.Ordinal);

    public async Task<IReadOnlyDictionary<string, int>> MailCountsAsync() =>
        (await Handsets.GetFromJsonAsync<IReadOnlyList<Counted>>("/mailboxes", Cancellation))!.ToDictionary(h => h.Address, h => h.Count, StringComparer.OrdinalIgnoreCase);

    /// <summary>Scripts trouble; what there is to script is said at the carrier's <c>FaultBook</c>.</summary>
    public async Task FaultAsync(params object[] rules)
    {
        using var response = await Handsets.PostAsJsonAsync("/faults", rules, Cancellation);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync(Cancellation));
    }

    public async Task ClearFaultsAsync()
    {
        using var response = await Handsets.DeleteAsync("/faults", Cancellation);
        response.EnsureSuccessStatusCode();
    }

    /// <summary>Looks again and again until it is so; after thirty seconds, if nothing else is said, the test fails and shows what Notify logged.</summary>
    /// <param name="hurry">Reconciles at every look instead of waiting for the ten seconds between two rounds, and lets no sender rest.</param>
    public async Task EventuallyAsync(Func<Task<bool>> condition, string what, bool hurry = false, int seconds = Patience)
    {
        var clock = TimeProvider.System;
        for (var began = clock.GetTimestamp(); !await condition();)
        {
            if (clock.GetElapsedTime(began) > TimeSpan.FromSeconds(seconds))
            {
                Assert.Fail($"It never came true that {what}. Notify logged:\n{Log}{_process?.Output}");
            }

            if (hurry)
            {
                await Database.WriteAsync(write => write.ExecuteAsync("UPDATE senders SET rests_until = 0 WHERE rests_until > 0"), Cancellation);
                await ReconcileAsync();
            }

            await Task.Delay(Look, clock, Cancellation);
        }
    }

    /// <summary>The address of a link in a message.</summary>
    public static string LinkTo(string path, string? text) =>
        Regex.Match(text ?? "", $@"https?://[^\s""<>]*{Regex.Escape(path)}[A-Za-z0-9_-]+", RegexOptions.None, TimeSpan.FromSeconds(1)) is { Success: true } match
            ? match.Value
            : throw new Xunit.Sdk.XunitException($"There is no link to {path} in: {text}");

    /// <param name="Id">The text's sid at the provider.</param>
    /// <param name="WebhookStatus">What Notify answered; null when the webhook got none.</param>
    /// <param name="Reply">What Notify had texted back in that answer; null for silence.</param>
    internal sealed record Replied(string Id, int? WebhookStatus, string? Reply);

    internal sealed record Mail(string Id, string From, string To, string Subject, IReadOnlyDictionary<string, string> Headers, string? Text, string? Html, string Raw);

    internal sealed record AlertShown(Guid Id, Guid ArticleId, string State, AlertFigures Counts);

    internal sealed record AlertFigures(
        long Decided, long Pending, long Held, long Sending, long Accepted, long Delivered, long Undelivered, long Rejected, long Skipped, long InDoubt, long Unknown)
    {
        /// <summary>What the provider took, whatever became of it.</summary>
        public long Sent => Accepted + Delivered + Undelivered;
    }

    private sealed record Shown(string Direction, string Body);

    private sealed record Counted(string Address, int Count);
}
