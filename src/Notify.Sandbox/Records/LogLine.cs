using System.Text.Json.Serialization;
using Notify.Sandbox.Mail;
using Notify.Sandbox.Texts;

namespace Notify.Sandbox.Records;

/// <summary>One thing that happened, as it is written down.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(TextLine), "text")]
[JsonDerivedType(typeof(StatusLine), "status")]
[JsonDerivedType(typeof(RedactedLine), "redacted")]
[JsonDerivedType(typeof(DeletedLine), "deleted")]
[JsonDerivedType(typeof(BlockLine), "block")]
[JsonDerivedType(typeof(MailLine), "mail")]
[JsonDerivedType(typeof(FeedLine), "feed")]
internal abstract record LogLine;

internal sealed record TextLine(Text Text) : LogLine;

/// <summary>A text reached its last status.</summary>
internal sealed record StatusLine(string Sid, string Status, int? ErrorCode, DateTimeOffset At) : LogLine;

internal sealed record RedactedLine(string Sid) : LogLine;

internal sealed record DeletedLine(string Sid) : LogLine;

internal sealed record BlockLine(string Sender, string Reader, bool Blocked) : LogLine;

internal sealed record MailLine(StoredMail Mail, byte[] Raw) : LogLine;

/// <summary>The feed was asked for the first time: when its newest item appears, and which date that item has in the file.</summary>
internal sealed record FeedLine(string File, DateTimeOffset AppearsAt, DateTimeOffset SeedDate) : LogLine;
