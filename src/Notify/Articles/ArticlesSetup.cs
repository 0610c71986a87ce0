using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Notify.Jobs;
using Notify.Storage;
using Notify.Web;

namespace Notify.Articles;

internal static class ArticlesSetup
{
    extension(NotifyDb db)
    {
        public DbSet<Article> Articles => db.Set<Article>();

        public DbSet<ArticleRevision> ArticleRevisions => db.Set<ArticleRevision>();

        public DbSet<FeedState> Feeds => db.Set<FeedState>();
    }

    public static void AddArticles(this IHostApplicationBuilder builder)
    {
        PointAtSandbox(builder);
        builder.Services.AddSingleton(new SettingsSection("Feeds", typeof(IList<FeedOptions>)));
        builder.Services.AddOptions<FeedsOptions>().Bind(builder.Configuration).ValidateOnStart();
        builder.Services.AddSingleton<IValidateOptions<FeedsOptions>, Rules>();
        builder.Services.AddSingleton<Archive>();
        builder.Services.AddSingleton<Intake>();
        builder.Services.AddSingleton<FeedPoller>();
        builder.Services.AddSingleton<IReconcile>(services => services.GetRequiredService<FeedPoller>());
        builder.Services.AddSingleton(services => new PollFeedsJob(services.GetRequiredService<FeedPoller>()));
        builder.Services.AddSingleton(new NotifyTable(model =>
        {
            var articles = model.Entity<Article>().ToTable("articles");
            articles.HasKey(a => a.Id);
            articles.Ignore(a => a.TopicKeys);
            model.Entity<ArticleRevision>().ToTable("article_revisions").HasKey(r => new { r.ArticleId, r.Number });
            model.Entity<FeedState>().ToTable("feeds").HasKey(f => f.Url);
        }));
    }

    /// <summary>The demo looks at the local carrier's feed, in which something happens.</summary>
    private static void PointAtSandbox(IHostApplicationBuilder builder)
    {
        var sandbox = SandboxSettings.Read(builder.Configuration, builder.Environment);
        if (!sandbox.IsEnabled || !sandbox.IsDemo || builder.Configuration.GetSection("Feeds").GetChildren().Any())
        {
            return;
        }

        SandboxSettings.AddMissing(builder,
            [("Feeds:0:Url", new Uri(sandbox.Url, "/feed.xml").ToString()), ("Feeds:0:Every", "00:00:08"), ("Feeds:0:AllowPrivate", "true")]);
    }

    private sealed class Rules : IValidateOptions<FeedsOptions>
    {
        public ValidateOptionsResult Validate(string? name, FeedsOptions options)
        {
            var faults = new List<string>();
            for (var i = 0; i < options.Feeds.Count; i++)
            {
                if (!Uri.TryCreate(options.Feeds[i].Url, UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https"))
                {
                    faults.Add($"Feeds:{i}:Url must be the feed's full address, beginning with https://.");
                }

                if (options.Feeds[i].Every < TimeSpan.FromSeconds(5))
                {
                    faults.Add($"Feeds:{i}:Every must be at least 5 seconds (00:00:05).");
                }
            }

            for (var i = 0; i < options.Feeds.Count; i++)
            {
                if (options.Feeds[i].MostAtOnce < 1 || options.Feeds[i].OldestNews <= TimeSpan.Zero)
                {
                    faults.Add($"Feeds:{i}:MostAtOnce must be at least 1, and OldestNews longer than nothing.");
                }
            }

            return faults.Count > 0 ? ValidateOptionsResult.Fail(faults) : ValidateOptionsResult.Success;
        }
    }
}
