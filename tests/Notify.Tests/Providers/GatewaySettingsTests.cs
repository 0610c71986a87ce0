using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Notify.Hosting;
using Notify.Providers.Http;
using Notify.Storage;
using Notify.Tests.Stories;
using Notify.Tests.Support;

namespace Notify.Tests.Providers;

/// <summary>A description of a gateway: what is refused at the start, what the examples of the handbook do, and how calls are proved.</summary>
public sealed partial class GatewaySettingsTests
{
    private static readonly Uri Vendor = new("https://gateway.example");

    [Theory]
    [InlineData("Body", """{ "to": "{to}", "text": "{txt}" }""", "holds {txt}, which is no placeholder")]
    [InlineData("Body", """{ "to": {to}, "text": "{text}" }""", "must stand inside a string")]
    [InlineData("Body", """{ "to": "{to}", "text": "{text}", "id": {id} }""", "must stand inside a string")]
    [InlineData("Body", """{ "to": "{to}", "text": "{text}" """, "is no JSON")]
    [InlineData("Body", """{ "to": "{to}" }""", "must hold {text}")]
    [InlineData("Body", "", "must hold {text}")]
    [InlineData("Name", "A b", "Name must be")]
    [InlineData("Url", "gateway.example", "Url must be")]
    [InlineData("Url", "https://user:secret@gateway.example/", "Url must be")]
    [InlineData("Url", "https://{to}.gateway.example/", "Url must be")]
    [InlineData("Headers:X-Key", "schlüssel", "Headers:X-Key cannot be sent")]
    [InlineData("Answer:Id", "", "Answer:Id must say")]
    [InlineData("Answer:Id", "data..id", "Answer:Id must say")]
    [InlineData("Answer:ErrorCode", "a[b]", "Answer:ErrorCode is no place")]
    [InlineData("Headers:X Bad", "1", "Headers:X Bad cannot be sent")]
    [InlineData("Headers:Content-Type", "text/plain", "Headers:Content-Type cannot be sent")]
    [InlineData("Headers:X-Key", "a\nb", "Headers:X-Key cannot be sent")]
    [InlineData("Senders:0:Slots", "0", "Senders:0:Slots must be")]
    [InlineData("Senders:0:KeywordReplies", "Provider", "Senders:0:Keywords must list")]
    [InlineData("Senders:0:Keywords:0", "STOP", "Senders:0:Keywords must list")]
    [InlineData("Find:Url", "https://gateway.example/list", "Find:Url must be")]
    [InlineData("Find:Text", "", "Find:Text and Find:Time")]
    [InlineData("Webhooks:Inbound:Text", "", "Webhooks:Inbound must say")]
    [InlineData("Webhooks:Status:Word", "", "Webhooks:Status needs")]
    [InlineData("Webhooks:Tolerance", "02:00:00", "Webhooks:TimestampHeader")]
    public void What_cannot_work_is_named_at_the_start(string key, string value, string expected)
    {
        Assert.Empty(Faults(GatewaySettings.Of(Vendor)));

        Assert.Contains(Faults([.. GatewaySettings.Of(Vendor), ($"HttpTexts:0:{key}", value)]), fault => fault.StartsWith("HttpTexts:0:", StringComparison.Ordinal) && fault.Contains(expected, StringComparison.Ordinal));
    }

    [Fact]
    public void A_gateway_that_answers_by_itself_says_what()
    {
        (string, string)[] replies = [.. GatewaySettings.Of(Vendor), ("HttpTexts:0:Senders:0:KeywordReplies", "Provider"), ("HttpTexts:0:Senders:0:Keywords:0", "STOP")];

        Assert.Empty(Faults(replies));
        Assert.Single(Faults([.. replies, ("HttpTexts:0:Senders:0:Keywords:1", " ")]));
    }

    [Fact]
    public void Both_examples_of_the_handbook_are_settings_that_work()
    {
        string[] examples = [.. Examples().Matches(HandbookTests.Read("docs/providers.md")).Select(match => match.Groups["json"].Value)];

        Assert.Equal(2, examples.Length);
        Assert.All(examples, example =>
        {
            var settings = new ConfigurationBuilder().AddJsonStream(new MemoryStream(Encoding.UTF8.GetBytes(example))).Build();
            Assert.Empty(SettingsCheck.Faults(settings, [new SettingsSection("HttpTexts", typeof(IList<GatewayOptions>))]));
            Assert.Null(new GatewayRules().Validate(null, settings.Get<HttpTextsOptions>()!).FailureMessage);
        });
    }

    [Theory]
    [InlineData("Kim says \"no\" \\ {to}\n& 100 %")]
    [InlineData("שלום – 5 € 😀")]
    [InlineData("a lone \ud83d half")]
    public void Whatever_a_text_says_it_stays_a_text(string words)
    {
        var json = new Template("""{ "to": "{to}", "text": "{text}" }""", TemplateKind.Json).Fill(name => name == "to" ? "+16465550123" : words);
        var form = new Template("to={to}&text={text}", TemplateKind.Url).Fill(name => name == "to" ? "+16465550123" : words);

        using var document = JsonDocument.Parse(json);
        var fields = Microsoft.AspNetCore.WebUtilities.QueryHelpers.ParseQuery(form);
        var whole = Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(words));
        Assert.Equal(("+16465550123", whole), (document.RootElement.GetProperty("to").GetString(), document.RootElement.GetProperty("text").GetString()));
        Assert.Equal(("+16465550123", whole), (fields["to"].ToString(), fields["text"].ToString()));
    }

    /// <summary>From RFC 4231, test case 2, and RFC 2202, test case 2.</summary>
    [Theory]
    [InlineData(HashKind.Sha1, "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79")]
    [InlineData(HashKind.Sha256, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")]
    [InlineData(HashKind.Sha512, "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737")]
    public void A_signature_is_the_one_of_the_standard_in_either_form(HashKind algorithm, string hex)
    {
        var body = Encoding.ASCII.GetBytes("what do ya want for nothing?");
        var options = new WebhookOptions { Algorithm = algorithm, Secrets = ["", "Other", "Jefe"] };

        Assert.Null(Fault(options, body, hex));
        Assert.Null(Fault(options, body, hex.ToUpperInvariant()));
        options.Encoding = SignatureForm.Base64;
        Assert.Null(Fault(options, body, Convert.ToBase64String(Convert.FromHexString(hex))));
        Assert.NotNull(Fault(options, body, hex));
        Assert.NotNull(Fault(options, [.. body, 0], Convert.ToBase64String(Convert.FromHexString(hex))));
        Assert.NotNull(Fault(options, body, ""));
    }

    [Fact]
    public void With_a_time_the_time_is_signed_too()
    {
        var now = TimeProvider.System.GetUtcNow();
        var time = now.ToUnixTimeSeconds().ToString(System.Globalization.CultureInfo.InvariantCulture);
        var options = new WebhookOptions { TimestampHeader = "X-Time", Secrets = ["Jefe"] };
        var signature = Convert.ToHexString(HMACSHA256.HashData("Jefe"u8, Encoding.UTF8.GetBytes(time + ".{}")));
        string? Judge(string at, string given) => Proof.Fault(options, new HeaderDictionary { ["X-Signature"] = given, ["X-Time"] = at }, "{}"u8.ToArray(), now);

        Assert.Null(Judge(time, signature));
        Assert.All((string[])["", "soon", time + "0", "0", time + " "], at => Assert.NotNull(Judge(at, signature)));
        Assert.NotNull(Judge(time, Convert.ToHexString(HMACSHA256.HashData("Jefe"u8, "{}"u8))));
    }

    [Fact]
    public void A_token_is_the_whole_secret_behind_its_prefix()
    {
        var options = new WebhookOptions { Proof = ProofKind.Token, Prefix = "Bearer ", Secrets = ["long-secret"] };

        Assert.Null(Fault(options, [], "Bearer long-secret"));
        Assert.All((string[])["long-secret", "Bearer long-secre", "Bearer ", "Bearer long-secret2", "Basic long-secret"], given => Assert.NotNull(Fault(options, [], given)));
    }

    [Theory]
    [InlineData("2026-11-24T15:00:00Z", "2026-11-24T15:00:00Z")]
    [InlineData("Tue, 24 Nov 2026 15:00:00 GMT", "2026-11-24T15:00:00Z")]
    [InlineData("1795532400", "2026-11-24T15:00:00Z")]
    [InlineData("1795532400123", "2026-11-24T15:00:00.123Z")]
    [InlineData("99999999999999999", null)]
    [InlineData("9223372036854775807", null)]
    [InlineData("soon", null)]
    [InlineData("", null)]
    public void A_time_is_read_in_the_ways_gateways_write_it(string written, string? expected) =>
        Assert.Equal(expected is null ? null : DateTimeOffset.Parse(expected, System.Globalization.CultureInfo.InvariantCulture), Search.Time(written));

    private static string? Fault(WebhookOptions options, byte[] body, string given) =>
        Proof.Fault(options, new HeaderDictionary { [options.Header] = given }, body, TimeProvider.System.GetUtcNow());

    private static IEnumerable<string> Faults((string Key, string Value)[] settings)
    {
        var last = settings.GroupBy(setting => setting.Key, StringComparer.OrdinalIgnoreCase).Select(group => KeyValuePair.Create(group.Key, (string?)group.Last().Value));
        var options = new ConfigurationBuilder().AddInMemoryCollection(last).Build().Get<HttpTextsOptions>()!;
        return new GatewayRules().Validate(null, options).Failures ?? [];
    }

    [GeneratedRegex("```json\n(?<json>.*?)```", RegexOptions.Singleline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Examples();
}
