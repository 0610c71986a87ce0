using System.Globalization;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using MailKit.Net.Smtp;
using Notify.Deliveries;
using Notify.Jobs;

namespace Notify.Providers.Smtp.Checks;

/// <summary>Connects to a relay as a mail does, up to the point where the first would be announced.</summary>
internal static class ConnectionCheck
{
    /// <summary>Whoever renews by hand needs some days; whoever has it renewed hears that it was not.</summary>
    private const int FewDays = 14;

    public static async Task<CheckResult> LookAsync(SmtpRelayOptions relay, X509ChainPolicy? certificates, TimeProvider clock, CancellationToken cancellationToken)
    {
        var what = $"connection to {relay.Name}";
        ShownCertificate? shown = null;
        await using var pool = new SmtpPool(relay, clock, certificates, certificate => shown = certificate);
        try
        {
            var connection = await pool.OpenAsync(cancellationToken);
            var offersMore = connection.Client.Capabilities.HasFlag(SmtpCapabilities.StartTLS);
            var takes = connection.TakesUtf8 ? "; it takes addresses beyond ASCII" : "; it takes no addresses beyond ASCII (SMTPUTF8): mails to such readers leave by another relay or are held";
            await pool.ReturnAsync(connection);
            var line = shown is null ? Plain(what, relay, offersMore) : Encrypted(what, relay, shown, clock.GetUtcNow());
            return line.Mark == CheckMark.Good ? line with { Says = line.Says + takes } : line;
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested && SmtpMails.NotOpened(e) is { } outcome)
        {
            return shown is { Errors: not SslPolicyErrors.None } ? new CheckResult(what, CheckMark.Bad, Wrong(shown, relay)) : Closed(what, relay, outcome);
        }
    }

    private static CheckResult Plain(string what, SmtpRelayOptions relay, bool offersMore) => relay.IsOnThisMachine
        ? new CheckResult(what, CheckMark.Good, "it answers; nothing is encrypted, and nothing leaves this machine")
        : new CheckResult(what, CheckMark.Warning, $"it answers, but mails travel in the clear; set Security of {relay.Name} to StartTls{(offersMore ? ", which it offers" : " or Tls")}");

    private static CheckResult Encrypted(string what, SmtpRelayOptions relay, ShownCertificate shown, DateTimeOffset now)
    {
        var days = (int)(shown.Until - now).TotalDays;
        var by = relay.Security == SmtpSecurity.StartTls ? "STARTTLS" : "TLS from the first octet";
        var ends = string.Create(CultureInfo.InvariantCulture, $"the certificate for {relay.Host} ends in {days} days, on {shown.Until:yyyy-MM-dd}");
        return days < FewDays
            ? new CheckResult(what, CheckMark.Warning, $"{by} works, but {ends}; have it renewed, or no mail leaves after that")
            : new CheckResult(what, CheckMark.Good, $"{by}; {ends}{(relay.Username.Length > 0 ? "; it takes our user name" : "")}");
    }

    private static string Wrong(ShownCertificate shown, SmtpRelayOptions relay)
    {
        if (shown.Errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch))
        {
            return $"its certificate is not for {relay.Host}{(shown.Names.Count > 0 ? $" but for {string.Join(", ", shown.Names)}" : "")}; set Host of {relay.Name} to a name it is for";
        }

        if (shown.Chain.HasFlag(X509ChainStatusFlags.NotTimeValid))
        {
            return string.Create(CultureInfo.InvariantCulture, $"its certificate, or one of those that vouch for it, is not valid today (it ends on {shown.Until:yyyy-MM-dd}); have it renewed");
        }

        return (shown.Chain & (X509ChainStatusFlags.UntrustedRoot | X509ChainStatusFlags.PartialChain)) != X509ChainStatusFlags.NoError
            ? "nobody this machine trusts vouches for its certificate; give the relay one of a known authority, or add its authority to those this machine trusts"
            : $"its certificate is refused ({shown.Chain}); give the relay another";
    }

    private static CheckResult Closed(string what, SmtpRelayOptions relay, SendOutcome outcome) => outcome switch
    {
        SendOutcome.TryLater { Trouble: Trouble.Away, Reason: var reason } => new CheckResult(what, CheckMark.Bad, $"{reason}; look at Host and Port of {relay.Name}, and whether this machine may connect to them"),
        SendOutcome.TryLater { Reason: var reason } => new CheckResult(what, CheckMark.Warning, $"{reason}; it takes nothing just now"),
        SendOutcome.SenderBroken { Reason: var reason } => new CheckResult(what, CheckMark.Bad, $"{reason}; look at Security, Username and Password of {relay.Name}"),
        _ => new CheckResult(what, CheckMark.Bad, $"it refuses us ({outcome}); ask its operator"),
    };
}
