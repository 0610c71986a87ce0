using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Notify.Sandbox.Texts;

/// <summary>The list of who may be texted by which sender, as others than the reader's own texts change it (accounts.twilio.com/v1/Consents/Bulk).</summary>
internal sealed class ConsentsApi(Handsets handsets, Credentials credentials)
{
    private const int NotValid = 30646;

    /// <summary>As many in one request (twilio.com/docs/messaging/features/consent-api).</summary>
    private const int Most = 25;

    /// <summary>A day alone is no moment, as the provider's own example has it.</summary>
    private static readonly string[] Moments = ["yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK"];

    public void Map(IEndpointRouteBuilder routes) => routes.MapPost("/v1/Consents/Bulk", (Delegate)CreateAsync);

    private async Task<IResult> CreateAsync(HttpContext http)
    {
        if (!credentials.Open(http.Request))
        {
            return ProviderError.Unauthorized.Answer();
        }

        var form = http.Request.HasFormContentType ? await http.Request.ReadFormAsync(http.RequestAborted) : FormCollection.Empty;
        if (form["Items"].Count is 0 or > Most)
        {
            return ProviderError.ItemsInvalid.Answer();
        }

        var results = new JsonArray();
        foreach (var text in form["Items"])
        {
            var item = Read(text);
            var problems = Problems(item);
            if (problems.Length == 0)
            {
                handsets.Block(item!["sender_id"]!.GetValue<string>(), item["contact_id"]!.GetValue<string>(), item["status"]!.GetValue<string>() == "opt-out");
            }

            results.Add(new JsonObject
            {
                ["correlation_id"] = item?["correlation_id"]?.ToString() ?? "",
                ["error_code"] = problems.Length == 0 ? 0 : NotValid,
                ["error_messages"] = new JsonArray([.. problems.Select(p => (JsonNode)p)]),
            });
        }

        return TypedResults.Json(new JsonObject { ["items"] = results }, statusCode: StatusCodes.Status201Created);
    }

    private static JsonObject? Read(string? text)
    {
        try
        {
            return JsonNode.Parse(text ?? "") as JsonObject;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string[] Problems(JsonObject? item) =>
    [
        .. from rule in new (string Problem, bool IsFine)[]
        {
            ("INVALID_CONTACT_ID", item?["contact_id"]?.ToString() is { } contact && Numbers.IsE164(contact)),
            ("INVALID_CORRELATION_ID", item?["correlation_id"]?.ToString() is { Length: 32 } id && id.All(char.IsAsciiHexDigit)),
            ("INVALID_SENDER_ID", item?["sender_id"]?.ToString() is { } sender && (Numbers.IsService(sender) || Numbers.MayReceive(sender))),
            ("INVALID_STATUS", item?["status"]?.ToString() is "opt-in" or "opt-out"),
            ("INVALID_SOURCE", item?["source"]?.ToString() is "website" or "offline" or "opt-in-message" or "opt-out-message" or "others"),
            ("INVALID_DATE_OF_CONSENT", item?["date_of_consent"]?.ToString() is not { Length: > 0 } date || DateTimeOffset.TryParseExact(date, Moments, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out _)),
        }
        where !rule.IsFine
        select rule.Problem,
    ];
}
