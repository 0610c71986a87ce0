using System.Text;
using System.Text.Json;

namespace Notify.Inbound.Returns;

/// <summary>
/// What Amazon SES tells by mail through SNS: the same JSON document as its webhook's (docs.aws.amazon.com, ses, notification-contents), bare or as the
/// text of SNS's own document.
/// </summary>
internal static class ServiceNotice
{
    public static (ReturnKind Kind, IReadOnlyList<ReturnedRecipient> Recipients)? Read(Dissection parts)
    {
        // Lines longer than SMTP permits were broken on the way: "!", a new line, a blank (as Sendmail does).
        var text = string.Join('\n', parts.Lines).Replace("!\n ", "", StringComparison.Ordinal);
        return text.StartsWith('{') && (text.Contains("notificationType", StringComparison.Ordinal) || text.Contains("eventType", StringComparison.Ordinal)) ? ReadJson(text, isEnvelope: true) : null;
    }

    private static (ReturnKind Kind, IReadOnlyList<ReturnedRecipient> Recipients)? ReadJson(string text, bool isEnvelope)
    {
        try
        {
            // The document alone: what SNS writes below it is for people.
            var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(text));
            using var document = JsonDocument.ParseValue(ref reader);
            var root = document.RootElement;
            return Objects(root, "bounce") is [var bounce] ? (ReturnKind.Bounce, [.. Objects(bounce, "bouncedRecipients").Select(Bounced)])
                : Objects(root, "complaint") is [var complaint] ? (ReturnKind.Complaint, [.. Objects(complaint, "complainedRecipients").Select(one => Complaints.On(Text(one, "emailAddress")))])
                : Objects(root, "delivery") is [var delivery] ? (ReturnKind.Bounce, [.. Delivered(delivery)])
                : isEnvelope && Text(root, "Message") is { } message ? ReadJson(message, isEnvelope: false)
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static ReturnedRecipient Bounced(JsonElement one) =>
        Verdict.On(Text(one, "emailAddress"), Text(one, "action") ?? "", Text(one, "status") ?? "", Text(one, "diagnosticCode") ?? "");

    private static IEnumerable<ReturnedRecipient> Delivered(JsonElement delivery)
    {
        var response = Text(delivery, "smtpResponse") ?? "";
        var addresses = delivery.TryGetProperty("recipients", out var list) && list.ValueKind == JsonValueKind.Array ? list.EnumerateArray() : default;
        return addresses.Where(address => address.ValueKind == JsonValueKind.String).Take(Prose.MostRecipients).Select(address => Verdict.On(address.GetString(), "delivered", response, response));
    }

    /// <summary>The objects under a name, whether one or a list of them; none where it is anything else.</summary>
    private static JsonElement[] Objects(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value)
            ? value.ValueKind switch
            {
                JsonValueKind.Object => [value],
                JsonValueKind.Array => [.. value.EnumerateArray().Where(one => one.ValueKind == JsonValueKind.Object).Take(Prose.MostRecipients)],
                _ => [],
            }
            : [];

    private static string? Text(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
