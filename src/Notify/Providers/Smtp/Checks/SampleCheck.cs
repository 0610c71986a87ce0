using System.Buffers;
using MimeKit;
using Notify.Deliveries;
using Notify.Jobs;

namespace Notify.Providers.Smtp.Checks;

/// <summary>Which headers are covered by the signature of a mail with news, composed and signed as those that leave. It goes nowhere.</summary>
internal static class SampleCheck
{
    /// <summary>RFC 8058, 4: unless both are signed, receivers offer no one-click.</summary>
    private static readonly string[] OneClick = ["List-Unsubscribe", "List-Unsubscribe-Post"];

    public static CheckResult Look(SmtpRelayOptions relay, TimeProvider clock)
    {
        var what = $"signature of {relay.Name}";
        if (relay.Dkim is null)
        {
            return new CheckResult(what, CheckMark.Skipped, $"the relay signs: look in the source of a mail you got at the h= of its DKIM-Signature; without {string.Join(" and ", OneClick)} in it mailbox providers offer no button to unsubscribe");
        }

        using var sample = Signed(relay, relay.Dkim, clock);
        var signed = sample.Headers.Where(header => header.Id == HeaderId.DkimSignature).Select(header => Tags.Parse(header.Value)!["h"]).ToList();
        string[] missing = [.. OneClick.Where(name => !sample.Headers.Contains(name) || signed.Exists(h => !h.Split(':').Contains(name, StringComparer.OrdinalIgnoreCase)))];
        return missing.Length == 0
            ? new CheckResult(what, CheckMark.Good, $"a sample carries {(signed.Count == 1 ? "a signature" : "two signatures")} over both headers about unsubscribing", $"h={signed[0]}")
            : new CheckResult(what, CheckMark.Bad, $"a sample has no signature over {string.Join(" and ", missing)}, so mailbox providers offer no button to unsubscribe; sign with another Notify", $"h={signed[0]}");
    }

    private static MimeMessage Signed(SmtpRelayOptions relay, DkimOptions dkim, TimeProvider clock)
    {
        var mark = CompiledMessage.Mail.NewMark();
        var mail = new CompiledMessage.Mail("A sample", $"Unsubscribe: {mark}", $"<a href=\"{mark}\">Unsubscribe</a>", ListName: "news", mark);
        var (message, wire) = (new ArrayBufferWriter<byte>(), new ArrayBufferWriter<byte>());
        MailTemplate.Of(mail, relay).Write(message, new OutgoingMail(0, relay.Name, "reader@example.com", mail, "sample", "https://example.com/u/sample"));
        using var signer = new DkimSigner(dkim, clock);
        signer.Sign(message.WrittenSpan, wire);
        wire.Write(message.WrittenSpan);
        using var received = new MemoryStream(wire.WrittenSpan.ToArray());
        return MimeMessage.Load(received);
    }
}
