using System.Net;
using System.Net.Http.Headers;
using System.Text;

namespace Notify.Tests.Subscribers;

/// <summary>Anybody can post anything to the form; it answers with a page, stores nothing and never breaks.</summary>
public sealed class FormBoundsTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("application/json", "{\"phone\":\"1\"}")]
    [InlineData("text/plain", "phone=1")]
    [InlineData("multipart/form-data", "no boundary")]
    [InlineData("multipart/form-data; boundary=x", "no parts")]
    [InlineData("multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=phone\r\n\r\ncut off")]
    public async Task What_is_not_a_form_is_refused_with_the_form(string type, string body)
    {
        await using var notify = await PagesHost.StartAsync();
        var before = await notify.RowsAsync();
        using var content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
        content.Headers.ContentType = MediaTypeHeaderValue.Parse(type);

        var answer = await notify.PostAsync("/subscribe", content);

        Assert.Equal((HttpStatusCode.BadRequest, "text/html"), (answer.Status, answer.Type));
        Assert.Single(answer.Page.QuerySelectorAll("[role=alert]"));
        Assert.Single(answer.Page.QuerySelectorAll("form #phone"));
        Assert.Equal(before, await notify.RowsAsync());
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task A_huge_form_is_refused(bool isChunked)
    {
        await using var notify = await PagesHost.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/subscribe");
        request.Content = new ByteArrayContent(Encoding.ASCII.GetBytes("phone=" + new string('1', 60_000)));
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/x-www-form-urlencoded");
        request.Headers.TransferEncodingChunked = isChunked;

        using var response = await notify.Http.SendAsync(request, Token);

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
        Assert.Equal("text/html", response.Content.Headers.ContentType?.MediaType);
    }

    [Fact]
    public async Task A_form_of_a_thousand_fields_is_refused()
    {
        await using var notify = await PagesHost.StartAsync();

        var answer = await notify.SubmitAsync([.. Enumerable.Range(0, 1_000).Select(i => ($"f{i}", "x"))]);

        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
    }

    [Fact]
    public async Task A_topic_ticked_a_hundred_times_is_one_topic()
    {
        await using var notify = await PagesHost.StartAsync();

        var answer = await notify.SubmitAsync([("email", PagesHost.Email), ("consent", "true"), .. Enumerable.Repeat(("topics", "politics"), 100)]);

        Assert.Equal(HttpStatusCode.OK, answer.Status);
    }
}
