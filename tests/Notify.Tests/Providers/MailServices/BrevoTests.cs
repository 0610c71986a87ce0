using System.Text.Json;
using Notify.Providers.Brevo;
using Notify.Tests.Support;

namespace Notify.Tests.Providers.MailServices;

public sealed class BrevoTests(PostgresServer postgres) : MailServiceContract(postgres)
{
    private protected override MailServiceVoice Voice { get; } = new BrevoVoice();

    [Theory]
    [InlineData("""{"event":"hard_bounce"}""", "Failed", "UserUnknown", true)]
    [InlineData("""{"event":"soft_bounce"}""", "Failed", "OnHold", false)]
    [InlineData("""{"event":"blocked"}""", "Failed", "OnHold", false)]
    [InlineData("""{"event":"invalid_email"}""", "Failed", "SyntaxError", false)]
    [InlineData("""[{"event":"unsubscribe"}]""", "Leave", "Undefined", false)]
    [InlineData("""{"event":"request"}""", "", "", false)]
    [InlineData("""{"event":"unique_proxy_open"}""", "", "", false)]
    public void Each_of_its_words_is_read_for_what_it_says(string said, string kind, string reason, bool isHard) => Readings.Same(new BrevoWebhook(), said, kind, reason, isHard);
}

internal sealed class BrevoVoice : SecretVoice
{
    public override string Name => "brevo";

    public override string ReturnHeader => "X-Mailin-custom";

    public override string Write(Told told, Sent mail) => JsonSerializer.Serialize(new Dictionary<string, object?>
    {
        ["event"] = told switch
        {
            Told.Delivered => "delivered",
            Told.SoftBounce => "soft_bounce",
            Told.HardBounce => "hard_bounce",
            Told.Complaint => "spam",
            Told.Leave => "unsubscribed",
            Told.Delayed => "deferred",
            _ => "brand_new",
        },
        ["email"] = mail.Address,
        ["id"] = 26_224,
        ["message-id"] = $"<{mail.Id}@smtp-relay.mailin.fr>",
        ["ts_event"] = Seconds,
        ["X-Mailin-custom"] = mail.HandedBack,
    });
}
