namespace Notify.Articles;
internal static class ArticleUrl { public static string Canonicalise(Uri u) => u.AbsoluteUri; }
