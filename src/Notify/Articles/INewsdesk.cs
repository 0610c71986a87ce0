using Notify.Storage;

namespace Notify.Articles;

/// <summary>What is asked along with an article.</summary>
internal sealed record Handling
{
    /// <summary>It waits for an editor's word.</summary>
    public bool Hold { get; init; }

    /// <summary>Why it waits, in words; null: whoever handed it in asked for it.</summary>
    public string? HoldReason { get; init; }

    /// <summary>A person of the newsroom has decided how it goes out: no rule is asked.</summary>
    public bool IsDecided { get; init; }

    /// <summary>Not before then; null: as soon as it may.</summary>
    public DateTimeOffset? SendAt { get; init; }

    /// <summary>At this time of each reader's own day, the next there is; null: for all at once.</summary>
    public TimeOnly? SendAtLocal { get; init; }

    /// <summary>What has not left by then is no news any more; null: the usual time after its start.</summary>
    public DateTimeOffset? Expires { get; init; }
}

/// <summary>What an edit means for readers.</summary>
internal enum EditEffect
{
    /// <summary>The words are what they were.</summary>
    Nothing,

    /// <summary>Its alert has not begun: this is what goes out.</summary>
    GoesOut,

    /// <summary>Readers have, or get, the words it began with.</summary>
    ArchiveOnly,

    /// <summary>Those who got the former words are told that they were wrong.</summary>
    Correction,
}

/// <param name="CorrectionId">The alert that tells of it.</param>
internal sealed record Edited(EditEffect Effect, Guid? AlertId, Guid? CorrectionId);

/// <summary>Where new articles are brought. Articles are stored here and decided on further down the story; a feed only needs somewhere to put them.</summary>
internal interface INewsdesk
{
    /// <summary>Stores an article, each once, and decides whether readers are told; in the caller's transaction.</summary>
    Task<(Guid ArticleId, Guid? AlertId, bool IsNew)> PublishAsync(Write write, ArticleDraft draft, Handling handling);

    /// <inheritdoc cref="PublishAsync(Write, ArticleDraft, Handling)" />
    Task<(Guid ArticleId, Guid? AlertId, bool IsNew)> PublishAsync(Write write, ArticleDraft draft, bool hold) => PublishAsync(write, draft, new Handling { Hold = hold });

    /// <summary>Changes an article's words: what waits goes out with them, what has begun does not.</summary>
    /// <returns>Null when there is no such article, or it was taken back.</returns>
    Task<Edited?> EditAsync(Write write, Guid articleId, ArticleDraft draft);

    /// <summary>Takes an article back: nothing of it leaves any more. Again changes nothing.</summary>
    /// <returns>False when there is no such article.</returns>
    Task<bool> UnpublishAsync(Write write, Guid articleId);
}
