using Notify.Storage;

namespace Notify.Articles;

/// <summary>Where new articles are brought. Articles are stored here and decided on further down the story; a feed only needs somewhere to put them.</summary>
internal interface INewsdesk
{
    /// <summary>Stores an article, each once, and decides whether readers are told; in the caller's transaction.</summary>
    Task<(Guid ArticleId, Guid? AlertId, bool IsNew)> PublishAsync(Write write, ArticleDraft draft, bool hold);

    /// <summary>The article says something else now; in the caller's transaction. One that was taken down is public again.</summary>
    Task EditAsync(Write write, Guid articleId, ArticleDraft draft);

    /// <summary>The article is not public any more: what waits of it does not leave; in the caller's transaction.</summary>
    Task UnpublishAsync(Write write, Guid articleId);
}
