using System.Text.Json;

namespace Notify.Inbound.Returns;

/// <summary>A call of a mail service, not read yet.</summary>
/// <param name="Body">The octets as they came: what is signed is these, not what a parser makes of them.</param>
internal sealed record MailCall(IHeaderDictionary Headers, ReadOnlyMemory<byte> Body, DateTimeOffset Now)
{
    /// <summary>How far a call's own time may be from ours: what is older may be somebody else's recording.</summary>
    public static readonly TimeSpan Window = TimeSpan.FromMinutes(5);

    public bool IsTimely(DateTimeOffset at) => (Now - at).Duration() <= Window;
}

/// <summary>
/// A mail service that tells by webhooks what became of mails; implemented by a folder a vendor. A call is proved the vendor's way before a word of it is believed,
/// with any of the secrets, so that one can be replaced without losing a call.
/// </summary>
internal interface IMailService
{
    /// <summary>Its name in the address, <c>/webhooks/email/{name}</c>, and in the settings, <c>MailWebhooks:{name}:Secrets</c>.</summary>
    string Name { get; }

    /// <returns>Why it is not believed; null when it is.</returns>
    ValueTask<string?> FaultAsync(MailCall call, IReadOnlyList<string> secrets, CancellationToken cancellationToken);

    /// <summary>What a proved call says of our mails; nothing for events that say nothing about a reader.</summary>
    /// <exception cref="JsonException">It is not what the service sends.</exception>
    IEnumerable<Report> Read(JsonElement call);
}

/// <summary>Reading of what services send: whatever is not there, or is something else, is null.</summary>
internal static class JsonReading
{
    extension(JsonElement element)
    {
        public JsonElement? At(string name) => element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) ? value : null;

        public string? TextAt(string name) => element.At(name) switch
        {
            { ValueKind: JsonValueKind.String } text => text.GetString(),
            { ValueKind: JsonValueKind.Number } number => number.GetRawText(),
            _ => null,
        };

        /// <summary>The list there; a thing alone is a list of one.</summary>
        public IEnumerable<JsonElement> ListAt(string name) => element.At(name) switch
        {
            { ValueKind: JsonValueKind.Array } list => list.EnumerateArray(),
            { ValueKind: JsonValueKind.Object or JsonValueKind.String } one => [one],
            _ => [],
        };
    }

    /// <summary>The tag in a Message-ID of ours, whatever stands around it.</summary>
    public static string? TagIn(string? messageId) => messageId?.Trim().Trim('<', '>').Split('@')[0];
}
