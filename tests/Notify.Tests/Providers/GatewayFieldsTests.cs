using System.Text;
using Notify.Providers.Http;

namespace Notify.Tests.Providers;

/// <summary>What gateways send that is almost JSON: whatever can be read of a text is read, for it may be a STOP.</summary>
public sealed class GatewayFieldsTests
{
    [Theory]
    [InlineData("""{ "text": "STOP" }""", "STOP")]
    [InlineData("""{ "text": "STOP \ud83d" }""", "STOP \ufffd")]
    [InlineData("""{ "text": "\udc00 \"STOP\" \\ud83d \ud83d\ude1c \t\u0041" }""", "\ufffd \"STOP\" \\ud83d 😜 \tA")]
    [InlineData("""{ "text": "ST\u0000OP" }""", "STOP")]
    [InlineData("""{ "\ud83d": 1, "text": "STOP" }""", "STOP")]
    [InlineData("""{ "text": 7 }""", "7")]
    [InlineData("""{ "text": "" }""", null)]
    [InlineData("""{ "text": ["STOP"] }""", null)]
    [InlineData("""[1, 2]""", null)]
    public void A_text_is_read_whatever_was_cut_off_it(string json, string? text) =>
        Assert.Equal(text, Fields.Read("application/json", Encoding.UTF8.GetBytes(json))!["text"]);

    [Theory]
    [InlineData("text=STOP+now", "STOP now")]
    [InlineData("text=ST%00OP", "STOP")]
    [InlineData("text=%ff%fe+STOP", "%ff%fe STOP")]
    [InlineData("other=STOP", null)]
    public void So_is_a_field_of_a_form(string form, string? text) =>
        Assert.Equal(text, Fields.Read("application/x-www-form-urlencoded", Encoding.UTF8.GetBytes(form))!["text"]);

    [Theory, InlineData(""), InlineData("{"), InlineData("null,"), InlineData("\ufeff{}")]
    public void What_is_neither_is_nothing(string body) => Assert.Null(Fields.Read("application/json", Encoding.UTF8.GetBytes(body)));
}
