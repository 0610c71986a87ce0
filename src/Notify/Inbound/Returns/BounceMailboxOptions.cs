using System.ComponentModel.DataAnnotations;

namespace Notify.Inbound.Returns;

public enum MailboxProtocol
{
    Imap,
    Pop3,
}

public enum MailboxSecurity
{
    Tls,
    StartTls,

    /// <summary>On this machine only.</summary>
    None,
}

/// <summary>Section <c>BounceMailbox</c>: where mails come back to. Without a host none is read.</summary>
public sealed class BounceMailboxOptions
{
    public MailboxProtocol Protocol { get; set; }

    public string Host { get; set; } = "";

    [Range(1, 65_535)]
    public int Port { get; set; } = 993;

    public MailboxSecurity Security { get; set; }

    public string Username { get; set; } = "";

    public string Password { get; set; } = "";

    /// <summary>Which folder is read; IMAP only.</summary>
    public string Folder { get; set; } = "INBOX";

    /// <summary>Where what was read goes; empty: it is deleted. IMAP only.</summary>
    public string DoneFolder { get; set; } = "";

    /// <summary>Where goes what is no report, or could not be read: for a person. IMAP only; by POP3 it stays where it is.</summary>
    public string AsideFolder { get; set; } = "Notify-aside";

    /// <summary>How often it is looked into, where the server does not say by itself that something has come.</summary>
    public TimeSpan Every { get; set; } = TimeSpan.FromMinutes(2);

    public bool IsSet => Host.Length > 0;
}
