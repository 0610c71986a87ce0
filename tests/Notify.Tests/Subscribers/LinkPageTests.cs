using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Notify.Subscribers;
using Notify.Tests.Support;
using Notify.Web;

namespace Notify.Tests.Subscribers;

public sealed class LinkPageTests(PostgresServer postgres)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory, InlineData(false), InlineData(true)]
    public async Task Opening_a_link_changes_nothing_and_pressing_its_button_does(bool onPostgres)
    {
        await using var notify = await PagesHost.StartAsync(onPostgres ? postgres : null);
        var confirm = await notify.SignUpByMailAsync();
        var before = await notify.RowsAsync();

        var shown = await notify.GetAsync(confirm);

        Assert.Equal(HttpStatusCode.OK, shown.Status);
        var form = Assert.Single(shown.Page.QuerySelectorAll("form"));
        Assert.Equal(("post", (string?)null), (form.GetAttribute("method"), form.GetAttribute("action")));
        Assert.Single(form.QuerySelectorAll("button"));
        Assert.Equal(before, await notify.RowsAsync());
        Assert.Null(await notify.StateAsync());

        Assert.Equal("You are on the list", (await notify.PostAsync(confirm, null)).TextOf("h1"));
        Assert.Equal("You are on the list", (await notify.PostAsync(confirm, null)).TextOf("h1"));
        Assert.Equal(SubscriptionState.Active, await notify.StateAsync());

        var leave = await notify.UnsubscribeLinkAsync();
        before = await notify.RowsAsync();
        Assert.Equal("No more mail?", (await notify.GetAsync(leave)).TextOf("h1"));
        Assert.Equal(before, await notify.RowsAsync());

        var left = await notify.PostAsync(leave, null);

        Assert.Contains("You will get no more mail from The Example", left.Text, StringComparison.Ordinal);
        Assert.Contains(left.Page.QuerySelectorAll("main a"), a => a.GetAttribute("href") == "/subscribe");
        Assert.Equal(SubscriptionState.Ended, await notify.StateAsync());
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task One_click_takes_any_body_and_gives_the_same_answer_every_time(bool onPostgres)
    {
        await using var notify = await PagesHost.StartAsync(onPostgres ? postgres : null);
        await notify.PostAsync(await notify.SignUpByMailAsync(), null);
        var leave = await notify.UnsubscribeLinkAsync();
        using var multipart = new MultipartFormDataContent { { new StringContent("One-Click"), "List-Unsubscribe" } };
        using var encoded = new FormUrlEncodedContent([KeyValuePair.Create("List-Unsubscribe", "One-Click")]);
        using var broken = new ByteArrayContent(Encoding.ASCII.GetBytes("--x\r\n"));
        broken.Headers.ContentType = MediaTypeHeaderValue.Parse("multipart/form-data; boundary=x");

        Answer[] answers = [await notify.PostAsync(leave, multipart), await notify.PostAsync(leave, encoded), await notify.PostAsync(leave, null), await notify.PostAsync(leave, broken)];

        Assert.All(answers, a => Assert.Equal((HttpStatusCode.OK, answers[0].Html), (a.Status, a.Html)));
        Assert.All(answers, a => Assert.DoesNotContain("Set-Cookie", a.Headers.Keys));
        Assert.Equal(SubscriptionState.Ended, await notify.StateAsync());
    }

    [Fact]
    public async Task A_link_that_is_forged_cut_or_made_for_something_else_opens_nothing()
    {
        await using var notify = await PagesHost.StartAsync();
        var confirm = await notify.SignUpByMailAsync();
        var leave = await notify.UnsubscribeLinkAsync();
        var before = await notify.RowsAsync();
        var nobody = notify.Get<LinkTokens>().Make(LinkPurpose.Confirm, Guid.CreateVersion7(DateTimeOffset.UnixEpoch));
        string[] bad =
        [
            confirm[..^1], confirm + "A", Flip(confirm), confirm.Replace("/confirm/", "/u/", StringComparison.Ordinal), "/confirm/" + nobody, "/confirm/" + new string('A', 1_000),
            leave[..^1], leave + "A", Flip(leave), leave.Replace("/u/", "/confirm/", StringComparison.Ordinal), "/u/%22%3E%3Cscript%3E",
        ];

        foreach (var path in bad)
        {
            var shown = await notify.GetAsync(path);
            var pressed = await notify.PostAsync(path, null);

            Assert.Equal((path, HttpStatusCode.NotFound, HttpStatusCode.NotFound), (path, shown.Status, pressed.Status));
            Assert.Equal("This link does not work", shown.TextOf("h1"));
        }

        Assert.Equal(before, await notify.RowsAsync());
    }

    [Fact]
    public async Task Whoever_confirmed_and_left_is_not_told_to_be_on_the_list()
    {
        await using var notify = await PagesHost.StartAsync();
        var confirm = await notify.SignUpByMailAsync();
        await notify.PostAsync(confirm, null);
        await notify.PostAsync(await notify.UnsubscribeLinkAsync(), null);

        var shown = await notify.GetAsync(confirm);
        var pressed = await notify.PostAsync(confirm, null);

        Assert.Equal("This link no longer works", shown.TextOf("h1"));
        Assert.Equal("This link no longer works", pressed.TextOf("h1"));
        Assert.Equal(SubscriptionState.Ended, await notify.StateAsync());
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task Pressing_the_button_many_times_at_once_confirms_once(bool onPostgres)
    {
        await using var notify = await PagesHost.StartAsync(onPostgres ? postgres : null);
        var confirm = await notify.SignUpByMailAsync();
        var before = await notify.RowsAsync();

        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => notify.PostAsync(confirm, null)));

        Assert.All(answers, a => Assert.Equal((HttpStatusCode.OK, "You are on the list"), (a.Status, a.TextOf("h1"))));
        var entries = (await notify.RowsAsync()).Split(' ').Single(t => t.StartsWith("consent_entries=", StringComparison.Ordinal));
        var earlier = before.Split(' ').Single(t => t.StartsWith("consent_entries=", StringComparison.Ordinal));
        Assert.Equal(Count(earlier) + 1, Count(entries));
    }

    [Theory, InlineData("/subscribe"), InlineData("/u/"), InlineData("/confirm/"), InlineData("/")]
    public async Task A_checker_of_links_may_ask_for_the_head_alone(string path)
    {
        await using var notify = await PagesHost.StartAsync();
        var confirm = await notify.SignUpByMailAsync();
        var before = await notify.RowsAsync();
        var whole = path switch { "/u/" => await notify.UnsubscribeLinkAsync(), "/confirm/" => confirm, _ => path };
        using var request = new HttpRequestMessage(HttpMethod.Head, whole);

        using var response = await notify.Http.SendAsync(request, Token);

        Assert.Equal(path == "/" ? HttpStatusCode.Redirect : HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(before, await notify.RowsAsync());
    }

    [Theory, InlineData("OPTIONS"), InlineData("PUT"), InlineData("DELETE")]
    public async Task Any_other_method_changes_nothing(string method)
    {
        await using var notify = await PagesHost.StartAsync();
        await notify.PostAsync(await notify.SignUpByMailAsync(), null);
        var before = await notify.RowsAsync();
        using var request = new HttpRequestMessage(HttpMethod.Parse(method), await notify.UnsubscribeLinkAsync());

        using var response = await notify.Http.SendAsync(request, Token);

        Assert.InRange((int)response.StatusCode, 400, 499);
        Assert.Equal((before, SubscriptionState.Active), (await notify.RowsAsync(), await notify.StateAsync()));
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task Whoever_was_put_off_the_list_by_a_program_is_asked_by_mail_and_comes_back_as_before(bool onPostgres)
    {
        await using var notify = await PagesHost.StartAsync(onPostgres ? postgres : null, "--Limits:ConfirmationsPerAddressPerDay=2");
        await notify.SubmitAsync(("email", PagesHost.Email), ("consent", "true"), ("topics", "health"), ("topics", "sports"));
        await notify.PostAsync(await notify.ConfirmLinkAsync(), null);
        var leave = await notify.UnsubscribeLinkAsync();
        await notify.PostAsync(leave, null);

        var shown = await notify.GetAsync(leave);
        var form = Assert.Single(shown.Page.QuerySelectorAll("form"));
        var before = await notify.DeliveriesAsync();
        var asked = await notify.PostAsync(form.GetAttribute("action")!, null);
        var again = await notify.PostAsync(form.GetAttribute("action")!, null);

        Assert.Equal("You are off the list", shown.TextOf("h1"));
        Assert.Equal(("Look into your mailbox", asked.Html), (asked.TextOf("h1"), again.Html));
        Assert.Equal(before + 1, await notify.DeliveriesAsync());
        Assert.Equal(SubscriptionState.Ended, await notify.StateAsync());
        Assert.Equal("You are on the list", (await notify.PostAsync(await notify.ConfirmLinkAsync(), null)).TextOf("h1"));
        Assert.Equal((SubscriptionState.Active, "health sports"), (await notify.StateAsync(), await notify.TopicsAsync()));
        Assert.Equal("No more mail?", (await notify.GetAsync(leave)).TextOf("h1"));
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task A_link_takes_back_only_what_a_link_did(bool onPostgres)
    {
        await using var notify = await PagesHost.StartAsync(onPostgres ? postgres : null);
        await notify.PostAsync(await notify.SignUpByMailAsync(), null);
        var leave = await notify.UnsubscribeLinkAsync();
        await notify.RevokeAsync(PagesHost.Email);
        await notify.PostAsync(leave, null);
        var before = await notify.DeliveriesAsync();

        var answer = await notify.PostAsync(leave + "/back", null);

        Assert.Equal("Look into your mailbox", answer.TextOf("h1"));
        Assert.Equal(before, await notify.DeliveriesAsync());
        Assert.Equal(HttpStatusCode.NotFound, (await notify.PostAsync(Flip(leave) + "/back", null)).Status);
    }

    private static string Flip(string path) => path[..^3] + (path[^3] == 'A' ? 'B' : 'A') + path[^2..];

    private static int Count(string entry) => int.Parse(entry[(entry.IndexOf('=', StringComparison.Ordinal) + 1)..], System.Globalization.CultureInfo.InvariantCulture);
}
