using System.Text.Json.Serialization;
using Notify.Contacts;

namespace Notify.Consent;

/// <summary>What happened to someone's consent.</summary>
public enum ConsentKind
{
    /// <summary>Someone asked with this contact; nothing is agreed yet.</summary>
    Requested = 1,

    /// <summary>The contact was asked to confirm.</summary>
    ConfirmationSent = 2,

    /// <summary>The contact itself said yes.</summary>
    Confirmed = 3,

    /// <summary>The contact came back after a stop, by its own word.</summary>
    Resumed = 4,

    /// <summary>STOP.</summary>
    Stopped = 5,

    /// <summary>The unsubscribe link or button.</summary>
    Unsubscribed = 6,

    /// <summary>A stop that came by phone, letter or in person, recorded by an operator.</summary>
    Revoked = 7,

    /// <summary>The provider says that this contact is blocked or gone.</summary>
    ProviderBlocked = 8,

    /// <summary>Address and evidence were erased.</summary>
    Erased = 9,

    /// <summary>Brought in from elsewhere, with whatever proof came along.</summary>
    Imported = 10,

    /// <summary>The reader wants nothing for some days.</summary>
    Paused = 11,

    /// <summary>A text that may be a stop: nothing is sent until a person has read it.</summary>
    Questioned = 12,

    /// <summary>A person has read it, and it was none.</summary>
    Cleared = 13,

    /// <summary>The reader called a mail unwanted, and their mail provider told us.</summary>
    Complained = 14,

    /// <summary>A person took back what a machine had said about the contact: it is written to again.</summary>
    Unblocked = 15,

    /// <summary>The reader changed what they get: topics, how often, at which hour.</summary>
    Changed = 16,
}

/// <summary>One line of the ledger. Appended once; only <see cref="Salt"/> and <see cref="Evidence"/> can ever be taken away.</summary>
public sealed class ConsentEntry
{
    public required Guid Id { get; init; }

    public required ConsentKind Kind { get; init; }

    public required DateTimeOffset At { get; init; }

    public required string ContactHash { get; init; }

    public required Channel Channel { get; init; }

    /// <summary>Empty: everything on this contact; else one topic.</summary>
    public required string Scope { get; init; }

    /// <summary>By which way it came: form, api, reply, link, operator, provider …</summary>
    public required string How { get; init; }

    /// <summary>The version of the words shown; null when they are not known.</summary>
    public string? Words { get; init; }

    public string? Salt { get; set; }

    public string? Evidence { get; set; }

    public required string EvidenceDigest { get; init; }

    /// <summary>The place in the sealed chain, from 1; null until sealed.</summary>
    public long? Position { get; set; }

    public string? Chain { get; set; }
}

/// <summary>What proves an entry; personal, so it lies beside a salt and can be erased. Nothing is stored that was not given.</summary>
public sealed record ConsentEvidence
{
    public string? Address { get; init; }

    public string? Given { get; init; }

    public string? PageUrl { get; init; }

    public string? Ip { get; init; }

    public string? UserAgent { get; init; }

    public string? Locale { get; init; }

    public string? TimeZone { get; init; }

    public IReadOnlyList<string>? Topics { get; init; }

    /// <summary>The exact words of a reply.</summary>
    public string? Reply { get; init; }

    /// <summary>The provider's id of the message that said it, or of the one that asked.</summary>
    public string? MessageId { get; init; }

    public string? Note { get; init; }

    /// <summary>Which operator recorded it.</summary>
    public string? Operator { get; init; }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ConsentEvidence))]
internal sealed partial class ConsentJson : JsonSerializerContext;
