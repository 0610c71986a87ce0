using Microsoft.EntityFrameworkCore;
using Notify.Consent;
using Notify.Jobs;
using Notify.Storage;

namespace Notify.Deliveries;

internal static class DeliveriesSetup
{
    extension(NotifyDb db)
    {
        public DbSet<Delivery> Deliveries => db.Set<Delivery>();

        public DbSet<Source> Sources => db.Set<Source>();

        public DbSet<FaultCount> FaultCounts => db.Set<FaultCount>();
    }

    public static void AddDeliveries(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton(new SettingsSection("Delivery", typeof(DeliveryOptions)));
        builder.Services.AddOptions<DeliveryOptions>().BindConfiguration("Delivery").ValidateDataAnnotations()
            .Validate(o => o.TimeToLive > TimeSpan.Zero, "Delivery:TimeToLive must be longer than nothing.")
            .Validate(o => o.Retention > o.TimeToLive && o.Retention >= TimeSpan.FromDays(1), "Delivery:Retention must be at least a day, and longer than Delivery:TimeToLive.")
            .ValidateOnStart();
        builder.Services.AddSingleton<Senders>();
        builder.Services.AddSingleton<PostOffice>();
        builder.Services.AddSingleton<FaultBook>();
        builder.Services.AddSingleton(services => new Receipts(
            services.GetRequiredService<Ledger>(), services.GetRequiredService<FaultBook>(), services.GetRequiredService<IAlarm>()));
        builder.Services.AddSingleton<Resolution>();
        builder.Services.AddSingleton<FailOver>();
        builder.Services.AddSingleton<IReconcile>(services => services.GetRequiredService<FailOver>());
        builder.Services.AddSingleton<LaneLedger>();
        builder.Services.AddSingleton<Said>();
        builder.Services.AddSingleton<DomainBrakes>();
        builder.Services.AddSingleton<QuietTimes>();
        builder.Services.AddSingleton<DailyCap>();
        builder.Services.AddSingleton<HandOver>();
        builder.Services.AddSingleton<Lane>();
        builder.Services.AddSingleton<Doubts>();
        builder.Services.AddSingleton(services => new DrainLaneJob(
            services.GetRequiredService<Lane>(), services.GetRequiredService<Senders>(), services.GetRequiredService<PostOffice>()));
        builder.Services.AddSingleton<IReconcile, DeliveryReconciler>();
        builder.Services.AddSingleton<IReconcile, HeldRows>();
        builder.Services.AddSingleton<IReconcile, Retention>();
        builder.Services.AddSingleton<IReconcile, Watch>();
        builder.Services.AddSingleton(new NotifyTable(model =>
        {
            model.Entity<Delivery>().ToTable("deliveries").HasKey(d => d.Id);
            model.Entity<FaultCount>().ToTable("provider_faults").HasKey(f => new { f.SourceId, f.Code });
            var sources = model.Entity<Source>().ToTable("sources");
            sources.HasKey(s => s.Id);
            sources.Ignore(s => s.Open);
        }));
    }
}
