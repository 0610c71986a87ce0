using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Notify.Consent;
using Notify.Jobs;
using Notify.Publication;
using Notify.Storage;

namespace Notify.Deliveries;

internal static class DeliveriesSetup
{
    extension(NotifyDb db)
    {
        public DbSet<Delivery> Deliveries => db.Set<Delivery>();

        public DbSet<Source> Sources => db.Set<Source>();

        public DbSet<SaidWords> SaidWords => db.Set<SaidWords>();

        public DbSet<FaultCount> FaultCounts => db.Set<FaultCount>();
    }

    public static void AddDeliveries(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton(new SettingsSection("Delivery", typeof(DeliveryOptions)));
        builder.Services.AddOptions<DeliveryOptions>().BindConfiguration("Delivery").ValidateDataAnnotations()
            .Validate(o => o.TimeToLive > TimeSpan.Zero, "Delivery:TimeToLive must be longer than nothing.")
            .Validate(o => o.LateStart >= TimeSpan.FromMinutes(1), "Delivery:LateStart must be at least a minute (00:01:00).")
            .Validate(o => o.Retention > o.TimeToLive && o.Retention >= TimeSpan.FromDays(1), "Delivery:Retention must be at least a day, and longer than Delivery:TimeToLive.")
            .ValidateOnStart();
        builder.Services.AddSingleton(new SettingsSection("Budget", typeof(BudgetOptions)));
        builder.Services.AddOptions<BudgetOptions>().BindConfiguration("Budget").ValidateDataAnnotations().ValidateOnStart();
        builder.Services.AddSingleton<IValidateOptions<BudgetOptions>, BudgetRules>();
        builder.Services.AddSingleton<Prices>();
        builder.Services.AddSingleton(services => new Spending(
            services.GetRequiredService<Database>(), services.GetRequiredService<Prices>(), services.GetRequiredService<IOptionsMonitor<BudgetOptions>>(),
            services.GetRequiredService<IOptionsMonitor<PublicationOptions>>(), services.GetRequiredService<PostOffice>(), services.GetRequiredService<IAlarm>()));
        builder.Services.AddSingleton<IReconcile>(services => services.GetRequiredService<Spending>());
        builder.Services.AddSingleton<Senders>();
        builder.Services.AddSingleton<PostOffice>();
        builder.Services.AddSingleton<DeliveryData>();
        builder.Services.AddSingleton<Contacts.IExport>(services => services.GetRequiredService<DeliveryData>());
        builder.Services.AddSingleton<Contacts.IForget>(services => services.GetRequiredService<DeliveryData>());
        builder.Services.AddSingleton<ClosedPlaces>();
        builder.Services.AddSingleton<FaultBook>();
        builder.Services.AddSingleton(services => new Receipts(
            services.GetRequiredService<Ledger>(), services.GetRequiredService<FaultBook>(), services.GetRequiredService<IAlarm>(), services.GetRequiredService<Random>()));
        builder.Services.AddSingleton<Resolution>();
        builder.Services.AddSingleton<FailOver>();
        builder.Services.AddSingleton<IReconcile>(services => services.GetRequiredService<FailOver>());
        builder.Services.AddSingleton<BeyondAscii>();
        builder.Services.AddSingleton<LaneLedger>();
        builder.Services.AddSingleton<Said>();
        builder.Services.AddSingleton<DomainBrakes>();
        builder.Services.AddSingleton<QuietTimes>();
        builder.Services.AddSingleton<DailyCap>();
        builder.Services.AddSingleton<MailTags>();
        builder.Services.AddSingleton<Withdrawals>();
        builder.Services.AddSingleton<Lines>();
        builder.Services.AddSingleton<HandOver>();
        builder.Services.AddSingleton<Lane>();
        builder.Services.AddSingleton<IErrand, Doubts>();
        builder.Services.AddSingleton(services => new DrainLaneJob(
            services.GetRequiredService<Lane>(), services.GetRequiredService<Senders>(), services.GetRequiredService<PostOffice>()));
        builder.Services.AddSingleton<IReconcile, DeliveryReconciler>();
        builder.Services.AddSingleton<IReconcile, HeldRows>();
        builder.Services.AddSingleton<IErrand, FinalWords>();
        builder.Services.AddSingleton<IReconcile, Retention>();
        builder.Services.AddSingleton<IReconcile, Watch>();
        builder.Services.AddSingleton(new NotifyTable(model =>
        {
            model.Entity<Delivery>().ToTable("deliveries").HasKey(d => d.Id);
            model.Entity<SaidWords>().ToTable("said").HasKey(s => new { s.SourceId, s.Words });
            model.Entity<FaultCount>().ToTable("provider_faults").HasKey(f => new { f.SourceId, f.Code });
            var sources = model.Entity<Source>().ToTable("sources");
            sources.HasKey(s => s.Id);
            sources.Ignore(s => s.Open);
        }));
    }

    private sealed class BudgetRules : IValidateOptions<BudgetOptions>
    {
        public ValidateOptionsResult Validate(string? name, BudgetOptions options) =>
            Prices.FaultOf(options.PricesFile) is { } fault ? ValidateOptionsResult.Fail(fault)
            : options.Hard < options.Soft ? ValidateOptionsResult.Fail("Budget:Hard is smaller than Budget:Soft. The soft stop comes first.")
            : ValidateOptionsResult.Success;
    }
}
