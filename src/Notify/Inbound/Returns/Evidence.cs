namespace Notify.Inbound.Returns;

/// <summary>What is known of one recipient's delivery: codes, command and words, those of the other server before those around them.</summary>
internal sealed class Evidence
{
    private readonly Speech _diagnosis;
    private readonly Speech _quoted;
    private readonly Speech _own;
    private readonly Speech _shared;

    public Evidence(Account account)
    {
        _diagnosis = new Speech(WithoutType(account.Fields["Diagnostic-Code"] ?? ""));
        _quoted = new Speech(Transcript.Said(account.Prose) is { Length: > 0 } said ? said : Wording.Quoted(account.Prose) ?? "");
        _own = new Speech(account.Prose);
        _shared = new Speech(account.Shared);

        OfThisOne = Spoken(_diagnosis, _quoted, _own);
        // Of several it may be about another.
        All = account.IsOnly || OfThisOne.Count == 0 ? Spoken(_diagnosis, _quoted, _own, _shared) : OfThisOne;
        OfAll = Spoken(_shared);

        Status = StatusOf(account.Fields["Status"]);
        Reply = All.Select(speech => Codes.Reply(speech.Text, Status)).FirstOrDefault(found => found is not null);
        Command = CommandOf();
        Action = ActionOf(account.Fields["Action"] ?? "");
        Places = $"{account.Fields["Remote-MTA"]} {account.Reporter} {_diagnosis.Text} {_own.Text} {_shared.Text}";
    }

    public string? Status { get; }

    public string? Reply { get; }

    /// <summary>RFC 3464, 2.3.3.</summary>
    public string Action { get; }

    /// <summary>At which the other server refused.</summary>
    public SmtpCommand Command { get; }

    /// <summary>The names of machines are in here.</summary>
    public string Places { get; }

    /// <summary>What is said of this recipient alone.</summary>
    public IReadOnlyList<Speech> OfThisOne { get; }

    /// <summary>What counts before any code: a diagnosis alone, where there is one.</summary>
    public IReadOnlyList<Speech> First => _diagnosis.Text.Length > 0 ? [_diagnosis] : OfThisOne;

    /// <summary>What is said of this recipient, and of all where that can only mean this one.</summary>
    public IReadOnlyList<Speech> All { get; }

    /// <summary>What is said of all.</summary>
    public IReadOnlyList<Speech> OfAll { get; }

    /// <summary>What the reporting system says by itself.</summary>
    public IReadOnlyList<Speech> OfTheReporter =>
        field ??= Spoken([.. All.Where(speech => speech == _own || speech == _shared).Select(speech => new Speech(Wording.Unquoted(speech.Text)))]);

    /// <summary>RFC 3463, 3.1 and 3.6: no more than that it failed.</summary>
    public bool IsStatusVague => IsVague(Status);

    private static bool IsVague(string? status) => status is null or [_, '.', '0' or '5', '.', '0'];

    private static IReadOnlyList<Speech> Spoken(params Speech[] speeches) => Array.FindAll(speeches, speech => speech.Text.Length > 0);

    // RFC 3464, 2.3.6: type; text. Other types than SMTP are words that tell something.
    private static string WithoutType(string diagnosis) => diagnosis.StartsWith("smtp;", StringComparison.OrdinalIgnoreCase) ? diagnosis[5..].Trim() : diagnosis;

    // The reporting system's, unless the server that it quotes says more.
    private string? StatusOf(string? field)
    {
        var reported = Codes.StatusField(field);
        if (Codes.HasStatus(_diagnosis.Text) || !IsVague(reported))
        {
            return Codes.Status(reported, _diagnosis.Text);
        }

        var told = All.FirstOrDefault(speech => Codes.HasStatus(speech.Text)) is { } speech ? Codes.Status(reported, speech.Text) : null;
        return told is not null && (reported is null || told[0] == reported[0]) ? told : reported;
    }

    private SmtpCommand CommandOf()
    {
        var told = All.Select(Wording.CommandIn).FirstOrDefault(found => found != SmtpCommand.Unknown);
        return told != SmtpCommand.Unknown ? told : All.Select(speech => Transcript.CommandRefused(speech.Text)).FirstOrDefault(found => found != SmtpCommand.Unknown);
    }

    // "failed (bounce)" and "deliverable" are seen as well.
    private string ActionOf(string field)
    {
        foreach (var (begins, action) in (ReadOnlySpan<(string, string)>)[("fail", "failed"), ("delay", "delayed"), ("deliver", "delivered"), ("relay", "relayed"), ("expand", "expanded")])
        {
            if (field.StartsWith(begins, StringComparison.OrdinalIgnoreCase))
            {
                return action;
            }
        }

        return Status is ['2', ..] ? "delivered" : All.Any(Wording.SaysDelayed) ? "delayed" : "failed";
    }
}
