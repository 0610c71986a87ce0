namespace Notify.Operators;

/// <summary>What an operator may do; each role includes those before it.</summary>
public enum Role
{
    /// <summary>Looks.</summary>
    Viewer = 1,

    /// <summary>Publishes, pauses, resumes, cancels.</summary>
    Editor = 2,

    /// <summary>Also makes keys and operators.</summary>
    Admin = 3,
}

/// <summary>A person who runs the newsroom's alerts.</summary>
public sealed class Operator
{
    public required Guid Id { get; init; }

    public required string Email { get; init; }

    public required Role Role { get; set; }

    public required DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset? SignedInAt { get; set; }

    /// <summary>Changes when all sign-ins of this operator are to end.</summary>
    public required string Stamp { get; set; }
}

/// <summary>A one-time link, by the hash of its secret.</summary>
public sealed class SignInLink
{
    public required string Hash { get; init; }

    public required Guid OperatorId { get; init; }

    public required DateTimeOffset ExpiresAt { get; init; }

    public DateTimeOffset? UsedAt { get; set; }
}

/// <summary>A program's key, by the hash of its secret.</summary>
public sealed class ApiKey
{
    public required Guid Id { get; init; }

    public required string Name { get; init; }

    public required string Hash { get; init; }

    /// <summary>Separated by blanks.</summary>
    public required string Scopes { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset? UsedAt { get; set; }

    public DateTimeOffset? RevokedAt { get; set; }
}

/// <summary>Who did what.</summary>
public sealed class AuditEntry
{
    public required Guid Id { get; init; }

    public required DateTimeOffset At { get; init; }

    public required string Who { get; init; }

    public required string Did { get; init; }
}
