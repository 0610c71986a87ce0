using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Notify.Tests.Sandbox;

/// <summary>Holds the carrier's answers against the provider's public API description, where that is at hand.</summary>
public sealed class ContractTests
{
    private const string Messages = $"/2010-04-01/Accounts/{CarrierUnderTest.Account}/Messages";

    [Theory]
    [InlineData(CarrierUnderTest.Sender, null)]
    [InlineData(null, "MG0123456789abcdef0123456789abcdef")]
    public async Task A_created_and_a_fetched_message_have_every_field_in_its_type(string? from, string? service)
    {
        using var api = Description();
        await using var carrier = await CarrierUnderTest.StartAsync();

        using var response = await carrier.PostTextAsync(("To", CarrierUnderTest.Reader), ("From", from ?? ""), ("MessagingServiceSid", service ?? ""), ("Body", "Hello"));
        var created = await CarrierUnderTest.JsonAsync(response);
        var fetched = await carrier.GetAsync($"{Messages}/{created.GetProperty("sid").GetString()}.json");

        Assert.Empty(Faults(api.RootElement, Message(api), created, "created"));
        Assert.Empty(Faults(api.RootElement, Message(api), fetched, "fetched"));
    }

    [Fact]
    public async Task A_message_that_failed_and_one_that_came_in_have_them_too()
    {
        using var api = Description();
        await using var app = await Receiver.StartAsync();
        await using var carrier = await CarrierUnderTest.StartAsync();
        await carrier.ArmAsync("""{ "on": "create", "finalStatus": "undelivered", "errorCode": 30003 }""");
        await carrier.SendAsync(callback: app.Url);
        await app.AwaitAsync(2);
        await carrier.TextBackAsync("Y");

        var list = await carrier.GetAsync($"{Messages}.json?PageSize=1");
        var next = await carrier.GetAsync(list.GetProperty("next_page_uri").GetString()!);
        var schema = api.RootElement.GetProperty("paths").GetProperty("/2010-04-01/Accounts/{AccountSid}/Messages.json").GetProperty("get")
            .GetProperty("responses").GetProperty("200").GetProperty("content").GetProperty("application/json").GetProperty("schema");

        Assert.Equal("undelivered", next.GetProperty("messages")[0].GetProperty("status").GetString());
        Assert.Empty(Faults(api.RootElement, schema, list, "first page"));
        Assert.Empty(Faults(api.RootElement, schema, next, "second page"));
    }

    private static JsonElement Message(JsonDocument api) => api.RootElement.GetProperty("components").GetProperty("schemas").GetProperty("api.v2010.account.message");

    /// <summary>What is missing, of another type, or outside its pattern or list.</summary>
    private static IEnumerable<string> Faults(JsonElement api, JsonElement schema, JsonElement value, string path)
    {
        if (schema.TryGetProperty("$ref", out var reference))
        {
            var target = api.GetProperty("components").GetProperty("schemas").GetProperty(reference.GetString()!.Split('/')[^1]);
            return Faults(api, target, value, path);
        }

        var nullable = schema.TryGetProperty("nullable", out var n) && n.GetBoolean();
        if (value.ValueKind == JsonValueKind.Null)
            return nullable ? [] : [$"{path} is null"];

        return schema.GetProperty("type").GetString() switch
        {
            "object" when value.ValueKind == JsonValueKind.Object => schema.TryGetProperty("properties", out var properties)
                ? properties.EnumerateObject().SelectMany(p => value.TryGetProperty(p.Name, out var field)
                    ? Faults(api, p.Value, field, $"{path}.{p.Name}")
                    : [$"{path}.{p.Name} is missing"])
                : [],
            "array" when value.ValueKind == JsonValueKind.Array => value.EnumerateArray().SelectMany((v, i) => Faults(api, schema.GetProperty("items"), v, $"{path}[{i}]")),
            "integer" when value.ValueKind == JsonValueKind.Number => [],
            "string" when value.ValueKind == JsonValueKind.String => OfString(schema, value.GetString()!, path),
            var type => [$"{path} is {value.ValueKind}, not {type}"],
        };
    }

    private static IEnumerable<string> OfString(JsonElement schema, string value, string path)
    {
        if (schema.TryGetProperty("pattern", out var pattern) && !Regex.IsMatch(value, pattern.GetString()!, RegexOptions.None, TimeSpan.FromSeconds(1)))
            yield return $"{path} is {value}, outside {pattern.GetString()}";
        if (schema.TryGetProperty("enum", out var list) && list.EnumerateArray().All(e => e.GetString() != value))
            yield return $"{path} is {value}, not in the list";
        if (schema.TryGetProperty("format", out var format) && format.GetString() == "date-time-rfc-2822"
            && !DateTimeOffset.TryParseExact(value, "ddd, dd MMM yyyy HH:mm:ss zzz", CultureInfo.InvariantCulture, DateTimeStyles.None, out _))
            yield return $"{path} is {value}, no RFC 2822 date";
    }

    private static JsonDocument Description()
    {
        var root = new DirectoryInfo(AppContext.BaseDirectory);
        while (root is not null && !File.Exists(Path.Combine(root.FullName, "Notify.sln")))
            root = root.Parent;
        var data = Environment.GetEnvironmentVariable("NOTIFY_TEST_DATA") ?? Path.Combine(root?.FullName ?? ".", "..", "shared", "data");
        var file = Path.Combine(data, "twilio", "messages.openapi.json");
        Assert.SkipUnless(File.Exists(file), $"The provider's API description is not at hand: {file}. Set NOTIFY_TEST_DATA.");
        return JsonDocument.Parse(File.ReadAllText(file));
    }
}
