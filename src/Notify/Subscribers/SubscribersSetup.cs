using Microsoft.EntityFrameworkCore;
using Notify.Contacts;
using Notify.Deliveries;
using Notify.Storage;

namespace Notify.Subscribers;

internal static class SubscribersSetup
{
    extension(NotifyDb db)
    {
        public DbSet<Subscription> Subscriptions => db.Set<Subscription>();

        public DbSet<SubscriptionTopic> SubscriptionTopics => db.Set<SubscriptionTopic>();

        public DbSet<OptIn> OptIns => db.Set<OptIn>();

        public DbSet<QuickLeave> QuickLeaves => db.Set<QuickLeave>();
    }

    public static void AddSubscribers(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton(new SettingsSection("Limits", typeof(LimitOptions)));
        builder.Services.AddOptions<LimitOptions>().BindConfiguration("Limits").ValidateDataAnnotations().ValidateOnStart();
        builder.Services.AddSingleton<SignUpReader>();
        builder.Services.AddSingleton<SignUpLimits>();
        builder.Services.AddSingleton<SignUpBreaker>();
        builder.Services.AddSingleton<FormTokens>();
        builder.Services.AddSingleton<Subscriptions>();
        builder.Services.AddSingleton<Preferences>();
        builder.Services.AddSingleton<Rhythm>();
        builder.Services.AddSingleton<Choices>();
        builder.Services.AddSingleton<ReaderLinks>();
        builder.Services.AddSingleton<LinkMessages>();
        builder.Services.AddSingleton<IMessageSource>(services => services.GetRequiredService<LinkMessages>());
        builder.Services.AddSingleton<SubscriberData>();
        builder.Services.AddSingleton<IExport>(services => services.GetRequiredService<SubscriberData>());
        builder.Services.AddSingleton<IForget>(services => services.GetRequiredService<SubscriberData>());
        builder.Services.AddSingleton<Erasure>();
        builder.Services.AddSingleton<PreferencePages>();
        builder.Services.AddSingleton<Blocks>();
        builder.Services.AddSingleton<Imports>();
        builder.Services.AddSingleton<QuickLeaves>();
        builder.Services.AddSingleton<IMessageSource, ConfirmationMessages>();
        builder.Services.AddSingleton(new NotifyTable(model =>
        {
            model.Entity<Subscription>().ToTable("subscriptions").HasKey(s => s.ContactId);
            model.Entity<Subscription>().Property(s => s.ContactId).ValueGeneratedNever();
            model.Entity<SubscriptionTopic>().ToTable("subscription_topics").HasKey(t => new { t.ContactId, t.Topic });
            model.Entity<OptIn>().ToTable("opt_ins").HasKey(o => o.Id);
            model.Entity<QuickLeave>().ToTable("quick_leaves").HasKey(q => q.SourceId);
        }));
    }
}
