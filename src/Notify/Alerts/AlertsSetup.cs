using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Notify.Alerts.Rules;
using Notify.Articles;
using Notify.Contacts;
using Notify.Deliveries;
using Notify.Jobs;
using Notify.Publication;
using Notify.Storage;

namespace Notify.Alerts;

internal static class AlertsSetup
{
    extension(NotifyDb db)
    {
        public DbSet<Alert> Alerts => db.Set<Alert>();

        public DbSet<Digest> Digests => db.Set<Digest>();

        public DbSet<DigestArticle> DigestArticles => db.Set<DigestArticle>();

        public DbSet<AlertWords> AlertWords => db.Set<AlertWords>();

        public DbSet<Rule> Rules => db.Set<Rule>();

        public DbSet<SentMail> SentMails => db.Set<SentMail>();
    }

    public static void AddAlerts(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton<AlertBook>();
        builder.Services.AddSingleton<Timetable>();
        builder.Services.AddSingleton<LateStarts>();
        builder.Services.AddSingleton<INewsdesk, Newsdesk>();
        builder.Services.AddSingleton<Corrections>();
        builder.Services.AddSingleton<EditorsQueue>();
        builder.Services.AddSingleton<RuleBook>();
        builder.Services.AddSingleton<DryRun>();
        builder.Services.AddSingleton(services => new CostGate(
            services.GetRequiredService<Database>(), services.GetRequiredService<Audience>(), services.GetRequiredService<Prices>(), services.GetRequiredService<Spending>(),
            services.GetRequiredService<IOptionsMonitor<BudgetOptions>>(), services.GetRequiredService<IOptionsMonitor<PublicationOptions>>(), services.GetRequiredService<IAlarm>()));
        builder.Services.AddSingleton<DigestMarks>();
        builder.Services.AddSingleton<FanOut>();
        builder.Services.AddSingleton<Digests>();
        builder.Services.AddSingleton<IReconcile>(services => services.GetRequiredService<Digests>());
        builder.Services.AddSingleton(services => new WriteDigestsJob(services.GetRequiredService<Digests>()));
        builder.Services.AddSingleton<IMessageSource, DigestMessages>();
        builder.Services.AddSingleton<ArchivePages>();
        builder.Services.AddSingleton(services => new PlanAlertJob(services.GetRequiredService<FanOut>()));
        builder.Services.AddSingleton(services => new AlertControl(
            services.GetRequiredService<Database>(), services.GetRequiredService<PostOffice>(), services.GetRequiredService<IHints>(),
            services.GetRequiredService<Resolution>(), services.GetRequiredService<Timetable>(), services.GetRequiredService<IAlarm>()));
        builder.Services.AddSingleton<Tempo>();
        builder.Services.AddSingleton(services => new Explanations(
            services.GetRequiredService<Database>(), services.GetRequiredService<ContactBook>(), services.GetRequiredService<Senders>(),
            services.GetRequiredService<IOptionsMonitor<PublicationOptions>>()));
        builder.Services.AddSingleton(services => new Audience(services.GetRequiredService<Database>()));
        builder.Services.AddSingleton<SentMails>();
        builder.Services.AddSingleton<IReconcile>(services => services.GetRequiredService<SentMails>());
        builder.Services.AddSingleton<IMessageSource, AlertMessages>();
        builder.Services.AddSingleton<IReconcile, AlertReconciler>();
        builder.Services.AddSingleton(new NotifyTable(model =>
        {
            model.Entity<Alert>().ToTable("alerts").HasKey(a => a.Id);
            model.Entity<Digest>().ToTable("digests").HasKey(d => d.Id);
            model.Entity<DigestArticle>().ToTable("digest_articles").HasKey(d => new { d.DigestId, d.Place });
            model.Entity<AlertWords>().ToTable("alert_words").HasKey(w => w.AlertId);
            model.Entity<Rule>().ToTable("rules").HasKey(r => r.Id);
            model.Entity<SentMail>().ToTable("sent_mails").HasKey(m => m.Id);
        }));
    }
}
