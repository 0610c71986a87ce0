using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Notify.Deliveries;
using Notify.Inbound.Returns;
using Notify.Jobs;
using Notify.Storage;

namespace Notify.Inbound;

internal static class InboundSetup
{
    extension(NotifyDb db)
    {
        public DbSet<InboxEntry> Inbox => db.Set<InboxEntry>();

        internal DbSet<ReturnRow> Returns => db.Set<ReturnRow>();
    }

    public static void AddInbound(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton<Inbox>();
        builder.Services.AddSingleton<InboundData>();
        builder.Services.AddSingleton<Contacts.IExport>(services => services.GetRequiredService<InboundData>());
        builder.Services.AddSingleton<Contacts.IForget>(services => services.GetRequiredService<InboundData>());
        builder.Services.AddSingleton<Reviews>();
        builder.Services.AddSingleton<IReconcile>(services => services.GetRequiredService<Reviews>());
        builder.Services.AddSingleton<IMessageSource, ReplyMessages>();
        builder.Services.AddSingleton(new SettingsSection("BounceMailbox", typeof(BounceMailboxOptions)));
        builder.Services.AddOptions<BounceMailboxOptions>().BindConfiguration("BounceMailbox").ValidateDataAnnotations().ValidateOnStart();
        builder.Services.AddSingleton(new SettingsSection("MailWebhooks", typeof(IDictionary<string, MailWebhookOptions>)));
        builder.Services.AddOptions<MailWebhooksOptions>().Bind(builder.Configuration).ValidateOnStart();
        builder.Services.AddSingleton<IValidateOptions<MailWebhooksOptions>, MailWebhookRules>();
        builder.Services.AddSingleton<ReportBook>();
        builder.Services.AddSingleton<MailWebhooks>();
        builder.Services.AddSingleton<IReconcile, OldReturns>();
        builder.Services.AddSingleton(new NotifyTable(model => model.Entity<ReturnRow>().ToTable("returns").HasKey(r => r.Id)));
        builder.Services.AddSingleton(new NotifyTable(model => model.Entity<InboxEntry>().ToTable("inbox").HasKey(i => i.Id)));
    }

    public static void MapInbound(this IEndpointRouteBuilder routes) => MailWebhooks.Map(routes);
}
