namespace Notify.Inbound.Returns;

/// <summary>Decides what a mail that came back is, and who it is about.</summary>
internal static class ReturnReader
{
    /// <summary>Where the address of arrival stands, the envelope's before the letter's.</summary>
    private static readonly string[] Arrivals = ["X-Original-To", "Delivered-To", "Envelope-To", "X-Envelope-To", "X-Delivered-To", "To"];

    public static ReturnedMail Read(Dissection parts)
    {
        var (kind, recipients) = KindOf(parts);
        var original = kind == ReturnKind.AutoReply ? parts.Header["In-Reply-To"] ?? parts.Header["References"] : parts.Original["Message-ID"];
        return new ReturnedMail(
            kind,
            recipients,
            parts.Groups.Select(group => group["Original-Envelope-Id"]).OfType<string>().FirstOrDefault() ?? parts.Feedback?["Original-Envelope-Id"],
            MessageIdOf(original),
            [.. Arrivals.SelectMany(parts.Header.All).Select(Prose.FirstAddress).OfType<string>().Distinct(StringComparer.OrdinalIgnoreCase)]);
    }

    private static (ReturnKind Kind, IReadOnlyList<ReturnedRecipient> Recipients) KindOf(Dissection parts)
    {
        if (Complaints.Read(parts) is { } complaint)
        {
            return complaint;
        }

        if (Bounces.Reported(parts) is { Count: > 0 } reported)
        {
            return (ReturnKind.Bounce, reported);
        }

        if (ServiceNotice.Read(parts) is { } notice)
        {
            return notice;
        }

        var isReport = IsReport(parts);
        var isByDaemon = Wording.IsDaemon(parts.Header["From"] ?? "");
        if (!isReport && !isByDaemon && AutoReplies.IsOne(parts.Header))
        {
            return (ReturnKind.AutoReply, [new ReturnedRecipient(Prose.FirstAddress(parts.Header["From"] ?? ""), null, null, null, ReturnReason.Vacation, Hard: false)]);
        }

        var told = parts.IsReadReceipt && !Wording.IsStatement(parts.Lines) ? [] : isReport ? Bounces.Told(parts) : isByDaemon ? Bounces.Hinted(parts) : [];
        return told.Count > 0 ? (ReturnKind.Bounce, told) : (ReturnKind.Other, []);
    }

    /// <summary>Whether it says of itself that it reports on a delivery.</summary>
    private static bool IsReport(Dissection parts) =>
        parts.Header["X-Failed-Recipients"] is not null
        || parts.Groups.Count > 0
        || Wording.IsReportSubject(parts.Header["Subject"] ?? "")
        || Wording.IsStatement(parts.Lines);

    /// <summary>The first name between angle brackets, or what stands there instead.</summary>
    private static string? MessageIdOf(string? field)
    {
        if (field?.IndexOf('<', StringComparison.Ordinal) is >= 0 and var start && field.IndexOf('>', start) is > 0 and var end)
        {
            return field[(start + 1)..end];
        }

        return field?.Split(' ', 2)[0];
    }
}
