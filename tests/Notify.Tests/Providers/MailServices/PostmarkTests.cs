using System.Text.Json;
using Notify.Providers.Postmark;
using Notify.Tests.Support;

namespace Notify.Tests.Providers.MailServices;

public sealed class PostmarkTests(PostgresServer postgres) : MailServiceContract(postgres)
{
    private protected override MailServiceVoice Voice { get; } = new PostmarkVoice();

    [Theory]
    [InlineData("""{"RecordType":"Bounce","Type":"SoftBounce"}""", "Failed", "OnHold", false)]
    [InlineData("""{"RecordType":"Bounce","Type":"Transient"}""", "Delayed", "NetworkError", false)]
    [InlineData("""{"RecordType":"Bounce","Type":"BadEmailAddress"}""", "Failed", "UserUnknown", true)]
    [InlineData("""{"RecordType":"Bounce","Type":"Blocked"}""", "Failed", "Blocked", false)]
    [InlineData("""{"RecordType":"Bounce","Type":"Unsubscribe"}""", "Leave", "Undefined", false)]
    [InlineData("""{"RecordType":"Bounce","Type":"AutoResponder"}""", "", "", false)]
    [InlineData("""{"RecordType":"Bounce","Type":"AddressChange"}""", "", "", false)]
    [InlineData("""{"RecordType":"SpamComplaint","Type":"SpamComplaint"}""", "Complaint", "Feedback", false)]
    [InlineData("""{"RecordType":"SubscriptionChange","SuppressSending":false,"SuppressionReason":null,"Origin":"Recipient"}""", "", "", false)]
    [InlineData("""{"RecordType":"SubscriptionChange","SuppressSending":true,"SuppressionReason":"HardBounce","Origin":"Recipient"}""", "", "", false)]
    [InlineData("""{"RecordType":"SubscriptionChange","SuppressSending":true,"SuppressionReason":"ManualSuppression","Origin":"Customer"}""", "", "", false)]
    public void Each_of_its_words_is_read_for_what_it_says(string said, string kind, string reason, bool isHard) => Readings.Same(new PostmarkWebhook(), said, kind, reason, isHard);
}

internal sealed class PostmarkVoice : SecretVoice
{
    public override string Name => "postmark";

    public override string ReturnHeader => "X-PM-Metadata-notify";

    public override string Write(Told told, Sent mail)
    {
        var said = new Dictionary<string, object?> { ["MessageID"] = $"883953f4-{mail.Id}", ["ServerID"] = 23, ["MessageStream"] = "broadcast", ["Metadata"] = new Dictionary<string, string> { ["notify"] = mail.HandedBack } };
        foreach (var (name, value) in told switch
        {
            Told.Delivered => [("RecordType", "Delivery"), ("Recipient", mail.Address), ("DeliveredAt", "2026-11-29T00:00:00Z")],
            Told.Complaint => Bounce("SpamComplaint", "SpamComplaint"),
            Told.HardBounce => Bounce("Bounce", "HardBounce"),
            Told.SoftBounce => Bounce("Bounce", "SoftBounce"),
            Told.Delayed => Bounce("Bounce", "Transient"),
            Told.Leave => [("RecordType", "SubscriptionChange"), ("Recipient", mail.Address), ("SuppressSending", true), ("SuppressionReason", "ManualSuppression"), ("Origin", "Recipient"), ("ChangedAt", "2026-11-29T00:00:00Z")],
            _ => ((string, object)[])[("RecordType", "BrandNew"), ("Recipient", mail.Address)],
        })
        {
            said[name] = value;
        }

        return JsonSerializer.Serialize(said);

        (string, object)[] Bounce(string record, string type) => [("RecordType", record), ("Type", type), ("ID", $"42-{mail.Id}"), ("Email", mail.Address), ("BouncedAt", Moment), ("Inactive", type == "HardBounce")];
    }
}
