using System.Collections.Frozen;
using System.Globalization;
using Microsoft.Extensions.Options;
using Notify.Deliveries;

namespace Notify.Providers.Twilio;

/// <summary>What Twilio's codes mean for a message, its number, its sender and its alert: a table, shipped and replaceable.</summary>
internal sealed class ErrorPolicy(IOptions<TwilioOptions> options)
{
    private readonly FrozenDictionary<int, PolicyRow> _rows = Load(options.Value.ErrorPolicyFile);

    /// <summary>What an answer other than a clean success means. 5xx and 408 may have been accepted: never blind.</summary>
    public SendOutcome Read(int status, int? code, TimeSpan? retryAfter) => (status, code) switch
    {
        ( >= 500 or 408 or (>= 200 and < 400), _) => new SendOutcome.InDoubt($"the provider answered {status}"),
        (_, { } known) when _rows.TryGetValue(known, out var row) => row.Outcome(retryAfter),
        (429, _) => new SendOutcome.TryLater("too many requests", retryAfter, Trouble.TooFast),
        (401 or 403, _) => new SendOutcome.SenderBroken($"the account refused us with {status}"),
        // A proxy, a wrong address, a firewall: not the provider's word about this message.
        (_, null) => new SendOutcome.SenderBroken($"something answered {status} that is not the provider"),
        (_, { } unknown) => new SendOutcome.Rejected(Unknown(unknown).Words) { Fault = Unknown(unknown) },
    };

    /// <summary>Why a message that was made was not delivered.</summary>
    public ProviderFault ReadFailure(int? code) => code switch
    {
        null => new ProviderFault("", "the provider gave no code"),
        { } known when _rows.TryGetValue(known, out var row) => row.Fault,
        { } unknown => Unknown(unknown),
    };

    private static ProviderFault Unknown(int code) => new(Number(code), $"provider code {Number(code)}") { IsKnown = false };

    private static string Number(int code) => code.ToString(CultureInfo.InvariantCulture);

    /// <summary>What is wrong with a table; null when nothing is.</summary>
    internal static string? FaultOf(string file)
    {
        try
        {
            Load(file);
            return null;
        }
        catch (Exception e) when (e is FormatException or IOException or UnauthorizedAccessException)
        {
            return $"Twilio:ErrorPolicyFile cannot be used. {e.Message}";
        }
    }

    private static FrozenDictionary<int, PolicyRow> Load(string file)
    {
        using var text = file.Length > 0
            ? File.OpenText(file)
            : new StreamReader(typeof(ErrorPolicy).Assembly.GetManifestResourceStream("Providers.Twilio.error-policy.tsv")!);
        return PolicyRow.ReadAll(text).ToFrozenDictionary(row => row.Code);
    }
}

/// <summary>One code.</summary>
internal sealed record PolicyRow(int Code, string Message, ProviderFault Fault)
{
    /// <exception cref="FormatException">A row cannot be read; the message says which and what is wrong.</exception>
    public static IReadOnlyList<PolicyRow> ReadAll(TextReader text)
    {
        var rows = new List<PolicyRow>();
        for (var number = 1; text.ReadLine() is { } line; number++)
        {
            if (line.Length == 0 || line[0] == '#' || line.StartsWith("code\t", StringComparison.Ordinal))
            {
                continue;
            }

            var row = Read(line.Split('\t', StringSplitOptions.TrimEntries), number);
            if (rows.Exists(r => r.Code == row.Code))
            {
                throw new FormatException($"Line {number}: the code {row.Code} stands there twice.");
            }

            rows.Add(row);
        }

        return rows;
    }

    /// <summary>The answer to a create request: the message was not made.</summary>
    public SendOutcome Outcome(TimeSpan? retryAfter)
    {
        SendOutcome outcome = (Message, Fault) switch
        {
            (_, { Sender: SenderFault.Broken }) => new SendOutcome.SenderBroken(Fault.Words),
            (_, { IsGone: true }) => new SendOutcome.RecipientGone(Fault.Words),
            ("another", _) => new SendOutcome.Rejected(Fault.Words, ByAnother: true),
            ("later", _) or (_, { Again: not null }) => new SendOutcome.TryLater(Fault.Words, retryAfter, Fault.Sender == SenderFault.TooFast ? Trouble.TooFast : Trouble.Message),
            _ => new SendOutcome.Rejected(Fault.Words),
        };
        return outcome with { Fault = Fault };
    }

    private static PolicyRow Read(string[] cells, int number)
    {
        if (cells.Length < 7 || !int.TryParse(cells[0], CultureInfo.InvariantCulture, out var code) || cells[6].Length == 0)
        {
            throw new FormatException($"Line {number}: write code, message, number, sender, alert, words and source, with tabs between them.");
        }

        var (again, times) = ReadAgain(cells[1], number);
        var closes = ReadClosing(cells[2]);
        var (counted, days) = closes is null ? ReadNumber(cells[2], number) : (0, 0);
        var fault = new ProviderFault(cells[0], cells[5])
        {
            Again = again,
            Times = times,
            IsGone = cells[2] == "gone",
            CountedTimes = counted,
            CountedDays = days,
            Closes = closes,
            Sender = cells[3] switch
            {
                "-" => SenderFault.None,
                "slow" => SenderFault.TooFast,
                "stop" => SenderFault.Broken,
                _ => throw new FormatException($"Line {number}: sender is -, slow or stop."),
            },
            Alert = ReadAlert(cells[4], number),
        };
        return new PolicyRow(code, cells[1].Split(':')[0], fault);
    }

    private static (TimeSpan? After, int Times) ReadAgain(string cell, int number)
    {
        if (cell is "no" or "another" or "later")
        {
            return (null, 0);
        }

        return cell.Split(':', 'x') is ["again", var minutes, var times] && double.TryParse(minutes, CultureInfo.InvariantCulture, out var after) && after > 0
            && int.TryParse(times, CultureInfo.InvariantCulture, out var most) && most > 0
            ? (TimeSpan.FromMinutes(after), most)
            : throw new FormatException($"Line {number}: message is no, another, later, or again:MINUTESxTIMES such as again:5x3.");
    }

    private static (int Times, int Days) ReadNumber(string cell, int number)
    {
        if (cell is "-" or "gone")
        {
            return (0, 0);
        }

        return cell.Split('/') is [var times, var days] && int.TryParse(times, CultureInfo.InvariantCulture, out var count) && int.TryParse(days, CultureInfo.InvariantCulture, out var within)
            && count > 0 && within > 0
            ? (count, within)
            : throw new FormatException($"Line {number}: number is -, gone, COUNT/DAYS such as 3/30, or country:MINUTES or block:MINUTES such as country:60.");
    }

    private static Closing? ReadClosing(string cell) =>
        cell.Split(':') is ["country" or "block", var minutes] && double.TryParse(minutes, CultureInfo.InvariantCulture, out var length) && length > 0
            ? new Closing(cell[0] == 'c', TimeSpan.FromMinutes(length))
            : null;

    private static AlertRule? ReadAlert(string cell, int number)
    {
        if (cell == "-")
        {
            return null;
        }

        return cell.Split(':', '/') is ["tell" or "pause", var percent, var least] && double.TryParse(percent, CultureInfo.InvariantCulture, out var share)
            && int.TryParse(least, CultureInfo.InvariantCulture, out var count) && share >= 0 && count > 0
            ? new AlertRule(share, count, cell[0] == 'p')
            : throw new FormatException($"Line {number}: alert is -, tell:PERCENT/LEAST or pause:PERCENT/LEAST such as pause:2/50.");
    }
}
