using System.Globalization;
using System.Text;
using Notify.Sandbox.Faults;

namespace Notify.Sandbox.Mail;

/// <summary>One SMTP conversation (RFC 5321; sizes RFC 1870, 8 bits RFC 6152, UTF-8 RFC 6531, codes RFC 2034, sign-in RFC 4954 - anyone may).</summary>
internal sealed class SmtpSession(SmtpWire wire, Mailboxes mailboxes, FaultBook faults, TimeProvider clock)
{
    public const int SizeLimit = 10_240_000;
    private const int CommandLimit = 2048;
    private const int RecipientLimit = 100;
    private const int LineLimit = 1000;
    private const int PatienceWithErrors = 20;

    private static readonly string[] MailParameters = ["SIZE", "BODY", "SMTPUTF8", "AUTH"];

    private readonly List<string> _recipients = [];
    private bool _greeted;
    private bool _signedIn;
    private bool _utf8;
    private string? _sender;
    private int _errors;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (!await TroubleAsync("CONNECT", [], cancellationToken))
                wire.Reply("220 localhost local carrier, nothing leaves this machine");
            while (await TurnAsync(cancellationToken))
            {
            }
        }
        catch (TimeoutException)
        {
            wire.Reply("421 4.4.2 Nothing was said for too long");
        }
        catch (HungUpException)
        {
            return; // scripted: without a word
        }

        await wire.FlushAsync(cancellationToken);
    }

    private async Task<bool> TurnAsync(CancellationToken cancellationToken)
    {
        var (line, tooLong) = await wire.CommandAsync(CommandLimit, cancellationToken);
        if (line is null)
            return false;
        if (tooLong)
            return Refuse("500 5.5.2 The line is too long");

        var (verb, argument) = line.Split(' ', 2) is [var v, var a] ? (v, a.Trim()) : (line, "");
        switch (verb.ToUpperInvariant())
        {
            case "EHLO" when argument.Length > 0:
                Greet();
                return Say("250-localhost\r\n250-PIPELINING\r\n250-SIZE 10240000\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250-ENHANCEDSTATUSCODES\r\n250 AUTH PLAIN LOGIN");
            case "HELO" when argument.Length > 0:
                Greet();
                return Say("250 localhost");
            case "EHLO" or "HELO":
                return Refuse("501 5.5.4 Say who you are");
            case "AUTH":
                return await AuthAsync(argument, cancellationToken);
            case "MAIL":
                return await MailAsync(argument, cancellationToken);
            case "RCPT":
                return await RcptAsync(argument, cancellationToken);
            case "DATA":
                return await DataAsync(cancellationToken);
            case "RSET":
                Reset();
                return Say("250 2.0.0 Forgotten");
            case "NOOP":
                return Say("250 2.0.0 Still here");
            case "VRFY":
                return Say("252 2.5.0 Try and see");
            case "QUIT":
                Say("221 2.0.0 Goodbye");
                return false;
            default:
                return Refuse("500 5.5.2 This command is unknown");
        }
    }

    private async Task<bool> AuthAsync(string argument, CancellationToken cancellationToken)
    {
        if (!_greeted || _signedIn || _sender is not null)
            return Refuse("503 5.5.1 Not now");

        var (mechanism, initial) = argument.Split(' ', 2) is [var m, var i] ? (m, i) : (argument, null);
        string[] questions = mechanism.ToUpperInvariant() switch
        {
            "PLAIN" => [""],
            "LOGIN" => ["VXNlcm5hbWU6", "UGFzc3dvcmQ6"],
            _ => [],
        };
        if (questions.Length == 0)
            return Refuse("504 5.5.4 This mechanism is unknown");

        foreach (var question in questions.Skip(initial is null ? 0 : 1))
        {
            wire.Reply("334 " + question);
            if (await wire.CommandAsync(CommandLimit, cancellationToken) is not { Line: { } said } || said == "*")
                return Refuse("501 5.7.0 Given up");
        }

        _signedIn = true;
        return Say("235 2.7.0 Anyone is welcome");
    }

    private async Task<bool> MailAsync(string argument, CancellationToken cancellationToken)
    {
        if (!_greeted || _sender is not null)
            return Refuse(_greeted ? "503 5.5.1 A mail is under way" : "503 5.5.1 Say EHLO first");
        if (await TroubleAsync("MAIL", [], cancellationToken))
            return true;
        if (SmtpPath.Parse(argument, "FROM:") is not { } path)
            return Refuse("501 5.1.7 The sender is no address");
        if (path.Parameters.Keys.FirstOrDefault(p => !MailParameters.Contains(p, StringComparer.OrdinalIgnoreCase)) is { } odd)
            return Refuse($"555 5.5.4 The parameter {odd} was not offered");
        if (path.Parameters.TryGetValue("SIZE", out var said) && long.TryParse(said, NumberStyles.None, CultureInfo.InvariantCulture, out var size) && size > SizeLimit)
            return Refuse($"552 5.3.4 A mail may have {SizeLimit} octets");

        _utf8 = path.Parameters.ContainsKey("SMTPUTF8");
        if (!_utf8 && !Ascii.IsValid(path.Address))
            return Refuse("553 5.6.7 This address needs SMTPUTF8");

        _sender = path.Address;
        return Say("250 2.1.0 Go on");
    }

    private async Task<bool> RcptAsync(string argument, CancellationToken cancellationToken)
    {
        if (_sender is null)
            return Refuse("503 5.5.1 Say MAIL first");
        if (SmtpPath.Parse(argument, "TO:") is not { Address.Length: > 0 } path)
            return Refuse("501 5.1.3 The recipient is no address");
        if (path.Parameters.Count > 0)
            return Refuse($"555 5.5.4 The parameter {path.Parameters.Keys.First()} was not offered");
        if (!_utf8 && !Ascii.IsValid(path.Address))
            return Refuse("553 5.6.7 This address needs SMTPUTF8");
        if (await TroubleAsync("RCPT", [path.Address], cancellationToken))
            return true;
        if (_recipients.Count == RecipientLimit)
            return Refuse("452 4.5.3 Enough recipients");

        _recipients.Add(path.Address);
        return Say("250 2.1.5 Known here");
    }

    private async Task<bool> DataAsync(CancellationToken cancellationToken)
    {
        if (_sender is null || _recipients.Count == 0)
            return Refuse("503 5.5.1 Nobody to write to");
        if (await TroubleAsync("DATA", _recipients, cancellationToken))
            return true;

        wire.Reply("354 Write, and end with a dot");
        if (await wire.DataAsync(SizeLimit, cancellationToken) is not { } data)
            return false;

        await EndOfMailAsync(_sender, [.. _recipients], data, cancellationToken);
        Reset();
        return true;
    }

    private async Task EndOfMailAsync(string sender, IReadOnlyList<string> recipients, SmtpData data, CancellationToken cancellationToken)
    {
        var script = faults.Strike("smtp", recipients, ".");
        if (script?.LatencyMs is { } latency)
            await Task.Delay(TimeSpan.FromMilliseconds(latency), clock, cancellationToken);

        var refusal = data switch
        {
            { Size: > SizeLimit } => $"552 5.3.4 A mail may have {SizeLimit} octets",
            { LongestLine: > LineLimit } => "550 5.6.0 A line has more than 998 octets (RFC 5322 section 2.1.1)",
            _ when script is { BeforeStore: true } => "",
            _ when script?.Reply is ['3' or '4' or '5', ..] => script.Reply,
            _ => null,
        };
        if (refusal is null)
        {
            var id = mailboxes.Add(sender, recipients, data.Bytes);
            refusal = script?.Disconnect is true && script.Reply is null ? "" : script?.Reply ?? $"250 2.0.0 Kept as {id}";
        }

        if (refusal.Length > 0)
            wire.Reply(refusal);
        if (script?.Disconnect is true || refusal.StartsWith("421", StringComparison.Ordinal))
            await HangUpAsync(cancellationToken);
    }

    /// <summary>Lets a scripted trouble happen; true when it has answered the command.</summary>
    private async Task<bool> TroubleAsync(string command, IReadOnlyList<string> readers, CancellationToken cancellationToken)
    {
        if (faults.Strike("smtp", readers, command) is not { } script)
            return false;
        if (script.LatencyMs is { } latency)
            await Task.Delay(TimeSpan.FromMilliseconds(latency), clock, cancellationToken);
        if (script.Reply is { } reply)
            wire.Reply(reply);

        var ends = script.Disconnect is true || script.Reply?.StartsWith("421", StringComparison.Ordinal) is true
            || (command == "CONNECT" && script.Reply is not (null or ['2', ..]));
        if (ends)
            await HangUpAsync(cancellationToken);
        return script.Reply is not null;
    }

    private async Task HangUpAsync(CancellationToken cancellationToken)
    {
        await wire.FlushAsync(cancellationToken);
        throw new HungUpException();
    }

    private void Greet()
    {
        _greeted = true;
        Reset();
    }

    private void Reset()
    {
        (_sender, _utf8) = (null, false);
        _recipients.Clear();
    }

    private bool Say(string reply)
    {
        wire.Reply(reply);
        return true;
    }

    private bool Refuse(string reply)
    {
        wire.Reply(reply);
        if (++_errors < PatienceWithErrors)
            return true;

        wire.Reply("421 4.7.0 Too many errors");
        return false;
    }

    private sealed class HungUpException : Exception;
}
