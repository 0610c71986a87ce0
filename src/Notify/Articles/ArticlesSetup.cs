using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Notify.Articles.Push;
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

        public DbSet<FeedPush> FeedPushes => db.Set<FeedPush>();
    }

    public static void AddArticles(this IHostApplicationBuilder builder)
    {
        PointAtSandbox(builder);
        builder.Services.AddSingleton(new SettingsSection("Feeds", typeof(IList<FeedOptions>)));
        builder.Services.AddOptions<FeedsOptions>().Bind(builder.Configuration).ValidateOnStart();
        builder.Services.AddSingleton<IValidateOptions<FeedsOptions>, Rules>();
        builder.Services.AddSingleton<Archive>();
        builder.Services.AddSingleton<FeedBook>();
        builder.Services.AddSingleton<FeedIntake>();
        builder.Services.AddSingleton<WordPressPosts>();
        builder.Services.AddSingleton<Intake>();
        builder.Services.AddSingleton<FeedPoller>();
        builder.Services.AddSingleton<IReconcile, FeedWatch>();
        builder.Services.AddSingleton<FeedChecks>();
        builder.Services.AddSingleton<ICheck>(services => services.GetRequiredService<FeedChecks>());
        builder.Services.AddSingleton(services => new PollFeedsJob(services.GetRequiredService<FeedPoller>()));
        builder.Services.AddSingleton(new NotifyTable(model =>
        {
            var articles = model.Entity<Article>().ToTable("articles");
            articles.HasKey(a => a.Id);
            articles.Ignore(a => a.TopicKeys);
            model.Entity<ArticleRevision>().ToTable("article_revisions").HasKey(r => new { r.ArticleId, r.Number });
            var feeds = model.Entity<FeedState>().ToTable("feeds");
            feeds.HasKey(f => f.Url);
            feeds.Ignore(f => f.Place);
        }));
        AddPush(builder);
    }

    public static void MapArticles(this IEndpointRouteBuilder routes) => ArticleWebhooks.Map(routes);

    private static void AddPush(IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton(new SettingsSection("ArticleWebhooks", typeof(IDictionary<string, ArticleWebhookOptions>)));
        builder.Services.AddOptions<ArticleWebhooksOptions>().Bind(builder.Configuration).ValidateOnStart();
        builder.Services.AddSingleton<IValidateOptions<ArticleWebhooksOptions>, ArticleWebhookRules>();
        builder.Services.AddSingleton<PushGate>();
        builder.Services.AddSingleton<PushDesk>();
        builder.Services.AddSingleton<ArticleWebhooks>();
        builder.Services.AddSingleton<HubBook>();
        builder.Services.AddSingleton<HubEndpoint>();
        builder.Services.AddSingleton<IErrand, HubErrand>();
        builder.Services.AddSingleton(new NotifyTable(model => model.Entity<FeedPush>().ToTable("feed_pushes").HasKey(p => p.Feed)));
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

                if (url?.UserInfo is { Length: > 0 })
                {
                    faults.Add($"Feeds:{i}:Url holds a user name or password; those are not sent.");
                }

                if (options.Feeds[i].Every < (options.Feeds[i].AllowPrivate ? TimeSpan.FromSeconds(5) : FeedSchedule.Fastest))
                {
                    faults.Add($"Feeds:{i}:Every must be at least a minute (00:01:00), or with AllowPrivate 5 seconds.");
                }

                if (options.Feeds[i].SilentAfter < TimeSpan.Zero)
                {
                    faults.Add($"Feeds:{i}:SilentAfter must be a time, or 00:00:00 for never.");
                }

                if (options.Feeds.Take(i).Any(other => other.Url == options.Feeds[i].Url))
                {
                    faults.Add($"Feeds:{i}:Url stands there twice.");
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
