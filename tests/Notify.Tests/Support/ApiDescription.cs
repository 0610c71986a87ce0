using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.WebUtilities;

namespace Notify.Tests.Support;

/// <summary>
/// A provider's public description of its API (OpenAPI 3.0), to hold requests of ours and answers of the local carrier against. It is kept beside
/// the repository (<see cref="TestData"/>); without it the test is skipped.
/// </summary>
internal sealed class ApiDescription
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private readonly JsonElement _root;

    private ApiDescription(JsonElement root) => _root = root;

    /// <param name="name">Which one: <c>messages</c>, <c>consents</c>, <c>deactivations</c>.</param>
    public static ApiDescription Open(string name) =>
        new(JsonSerializer.Deserialize<JsonElement>(File.ReadAllText(TestData.Require($"twilio/{name}.openapi.json"))));

    /// <summary>Where the API is.</summary>
    public string Server => _root.GetProperty("servers")[0].GetProperty("url").GetString()!;

    /// <summary>The example of what an operation is asked.</summary>
    public JsonElement ExampleRequest(string method, string path) =>
        Body(Operation(method, path)!.Value.Operation)!.Value.Content.GetProperty("examples").EnumerateObject().First().Value.GetProperty("value");

    /// <summary>The example of what it answers.</summary>
    public JsonElement ExampleAnswer(string method, string path, int status) =>
        Answer(Operation(method, path)!.Value.Operation, status)!.Value.GetProperty("examples").EnumerateObject().First().Value.GetProperty("value");

    /// <summary>What the prose says about a field, for what its schema leaves open.</summary>
    public string Prose(string method, string path, string field) =>
        Body(Operation(method, path)!.Value.Operation)!.Value.Content.GetProperty("schema").GetProperty("properties").GetProperty(field).GetProperty("description").GetString()!;

    /// <summary>What of a request is not as described: an address, a parameter or a field that is not there, is missing, or has another type.</summary>
    public IEnumerable<string> Faults(ScriptedGateway.Asked asked)
    {
        var parts = asked.Path.Split('?', 2);
        if (Operation(asked.Method, parts[0]) is not { } found)
        {
            return [$"{asked.Method} {parts[0]} is not described"];
        }

        var parameters = found.Operation.TryGetProperty("parameters", out var list) ? list.EnumerateArray().ToList() : [];
        var query = Pairs(parts.Length > 1 ? parts[1] : "");
        return
        [
            .. OfCredentials(found.Operation, asked),
            .. parameters.Where(p => In(p, "path")).SelectMany(p => OfText(p.GetProperty("schema"), found.Place.Groups[Name(p)].Value, Name(p))),
            .. OfFields(query, parameters.Where(p => In(p, "query")).ToDictionary(Name, p => p.GetProperty("schema"), StringComparer.Ordinal), parameters.Where(IsRequired).Where(p => In(p, "query")).Select(Name)),
            .. OfBody(found.Operation, asked),
        ];
    }

    /// <summary>What of an answer is not as described: its status, or a field that is missing, is too many, or has another type.</summary>
    public IEnumerable<string> Faults(string method, string path, int status, JsonElement answer) =>
        Operation(method, path) is not { } found ? [$"{method} {path} is not described"]
        : Answer(found.Operation, status) is not { } described ? [$"{status} is not described"]
        : Of(described.GetProperty("schema"), answer, "answer");

    private (JsonElement Operation, Match Place)? Operation(string method, string path)
    {
        foreach (var described in _root.GetProperty("paths").EnumerateObject())
        {
            var place = Regex.Match(path, "^" + Regex.Replace(Regex.Escape(described.Name), @"\\\{(?<name>\w+)}", "(?<${name}>[^/]+)", RegexOptions.None, Patience) + "$", RegexOptions.None, Patience);
            if (place.Success && described.Value.TryGetProperty(method.ToLowerInvariant(), out var operation))
            {
                return (operation, place);
            }
        }

        return null;
    }

    private static (string Type, JsonElement Content)? Body(JsonElement operation) =>
        operation.TryGetProperty("requestBody", out var body) && body.GetProperty("content").EnumerateObject().First() is var content ? (content.Name, content.Value) : null;

    private static JsonElement? Answer(JsonElement operation, int status) =>
        operation.GetProperty("responses").TryGetProperty(status.ToString(CultureInfo.InvariantCulture), out var answer) ? answer.GetProperty("content").EnumerateObject().First().Value : null;

    private static IEnumerable<string> OfCredentials(JsonElement operation, ScriptedGateway.Asked asked)
    {
        if (operation.TryGetProperty("security", out _) && asked.Headers.GetValueOrDefault("Authorization")?.StartsWith("Basic ", StringComparison.Ordinal) is not true)
            yield return "it has no credentials";
    }

    private IEnumerable<string> OfBody(JsonElement operation, ScriptedGateway.Asked asked)
    {
        if (Body(operation) is not var (type, content))
            return asked.Body.Length > 0 ? ["it has a body"] : [];
        if (asked.Headers.GetValueOrDefault("Content-Type") != type)
            return [$"its body is {asked.Headers.GetValueOrDefault("Content-Type")}, not {type}"];

        var schema = content.GetProperty("schema");
        return OfFields(
            Pairs(asked.Body), schema.GetProperty("properties").EnumerateObject().ToDictionary(p => p.Name, p => p.Value, StringComparer.Ordinal),
            schema.TryGetProperty("required", out var required) ? required.EnumerateArray().Select(r => r.GetString()!) : []);
    }

    /// <summary>A query and a form are the same: names to the letter, an array as one name several times.</summary>
    private IEnumerable<string> OfFields(ILookup<string, string> given, Dictionary<string, JsonElement> known, IEnumerable<string> required) =>
    [
        .. required.Where(name => !given.Contains(name)).Select(name => $"{name} is missing"),
        .. given.SelectMany(field => !known.TryGetValue(field.Key, out var schema) ? [$"{field.Key} is not described"]
            : schema.TryGetProperty("items", out var items) ? field.SelectMany(value => OfText(items, value, field.Key))
            : field.Count() > 1 ? [$"{field.Key} is there {field.Count()} times"]
            : OfText(schema, field.Single(), field.Key)),
    ];

    private IEnumerable<string> Of(JsonElement schema, JsonElement value, string path)
    {
        schema = Resolve(schema);
        if (!schema.TryGetProperty("type", out var type))
            return [];
        if (value.ValueKind == JsonValueKind.Null)
            return schema.TryGetProperty("nullable", out var nullable) && nullable.GetBoolean() ? [] : [$"{path} is null"];

        return type.GetString() switch
        {
            "object" when value.ValueKind == JsonValueKind.Object => schema.TryGetProperty("properties", out var properties) ? OfObject(properties, value, path) : [],
            "array" when value.ValueKind == JsonValueKind.Array => value.EnumerateArray().SelectMany((v, i) => Of(schema.GetProperty("items"), v, $"{path}[{i}]")),
            "integer" when value.ValueKind == JsonValueKind.Number => OfText(schema, value.GetRawText(), path),
            "string" when value.ValueKind == JsonValueKind.String => OfText(schema, value.GetString()!, path),
            var other => [$"{path} is {value.ValueKind}, not {other}"],
        };
    }

    private IEnumerable<string> OfObject(JsonElement properties, JsonElement value, string path) =>
    [
        .. properties.EnumerateObject().SelectMany(p => value.TryGetProperty(p.Name, out var field) ? Of(p.Value, field, $"{path}.{p.Name}") : [$"{path}.{p.Name} is missing"]),
        .. value.EnumerateObject().Where(p => !properties.TryGetProperty(p.Name, out _)).Select(p => $"{path}.{p.Name} is not described"),
    ];

    /// <summary>A value as text, as it stands in a query, a form or a JSON string.</summary>
    private IEnumerable<string> OfText(JsonElement schema, string value, string path)
    {
        schema = Resolve(schema);
        if (schema.TryGetProperty("pattern", out var pattern) && !Regex.IsMatch(value, pattern.GetString()!, RegexOptions.None, Patience))
            yield return $"{path} is {value}, outside {pattern.GetString()}";
        if (schema.TryGetProperty("enum", out var list) && list.EnumerateArray().All(e => e.GetString() != value))
            yield return $"{path} is {value}, not in the list";
        if (!IsOfType(schema, value))
            yield return $"{path} is {value}, no {schema.GetProperty("type").GetString()}";
        if (schema.TryGetProperty("format", out var format) && !IsOfFormat(format.GetString()!, value))
            yield return $"{path} is {value}, no {format.GetString()}";
    }

    private static bool IsOfType(JsonElement schema, string value) => schema.TryGetProperty("type", out var type) && type.GetString() is "integer" or "boolean"
        ? type.GetString() == "boolean" ? value is "true" or "false" : long.TryParse(value, CultureInfo.InvariantCulture, out var number) && IsWithin(schema, number)
        : true;

    private static bool IsWithin(JsonElement schema, long number) =>
        !(schema.TryGetProperty("minimum", out var least) && number < least.GetInt64()) && !(schema.TryGetProperty("maximum", out var most) && number > most.GetInt64());

    private static bool IsOfFormat(string format, string value) => format switch
    {
        "date" => DateOnly.TryParseExact(value, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out _),
        "date-time-rfc-2822" => DateTimeOffset.TryParseExact(value, "ddd, dd MMM yyyy HH:mm:ss zzz", CultureInfo.InvariantCulture, DateTimeStyles.None, out _),
        "uri" => Uri.TryCreate(value, UriKind.Absolute, out _),
        // Numbers, short codes and names: the provider calls all of them so.
        _ => true,
    };

    private JsonElement Resolve(JsonElement schema) =>
        schema.TryGetProperty("$ref", out var reference) ? _root.GetProperty("components").GetProperty("schemas").GetProperty(reference.GetString()!.Split('/')[^1]) : schema;

    private static ILookup<string, string> Pairs(string encoded)
    {
        var pairs = new List<(string Name, string Value)>();
        foreach (var pair in new QueryStringEnumerable(encoded))
        {
            pairs.Add((pair.DecodeName().ToString(), pair.DecodeValue().ToString()));
        }

        return pairs.ToLookup(pair => pair.Name, pair => pair.Value, StringComparer.Ordinal);
    }

    private static bool In(JsonElement parameter, string place) => parameter.GetProperty("in").GetString() == place;

    private static string Name(JsonElement parameter) => parameter.GetProperty("name").GetString()!;

    private static bool IsRequired(JsonElement parameter) => parameter.TryGetProperty("required", out var required) && required.GetBoolean();
}
