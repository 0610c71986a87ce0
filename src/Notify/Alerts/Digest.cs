namespace Notify.Alerts;

/// <summary>A list of articles as one message. Readers for whom the same articles are new share it; its deliveries have its id as their subject.</summary>
public sealed class Digest
{
    /// <summary>Made from the alerts in it, in their order.</summary>
    public required Guid Id { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }
}

/// <summary>An article's place in a digest, from 0.</summary>
public sealed class DigestArticle
{
    public required Guid DigestId { get; init; }

    public required int Place { get; init; }

    public required Guid AlertId { get; init; }
}
