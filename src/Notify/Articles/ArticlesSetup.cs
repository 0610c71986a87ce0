using Microsoft.EntityFrameworkCore;
using Notify.Storage;

namespace Notify.Articles;

internal static class ArticlesSetup
{
    extension(NotifyDb db)
    {
        public DbSet<Article> Articles => db.Set<Article>();
    }

    public static void AddArticles(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton<Archive>();
        builder.Services.AddSingleton(new NotifyTable(model =>
        {
            var articles = model.Entity<Article>().ToTable("articles");
            articles.HasKey(a => a.Id);
            articles.Ignore(a => a.TopicKeys);
        }));
    }
}
