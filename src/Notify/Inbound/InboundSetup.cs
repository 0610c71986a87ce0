using Microsoft.EntityFrameworkCore;
using Notify.Deliveries;
using Notify.Jobs;
using Notify.Storage;

namespace Notify.Inbound;

internal static class InboundSetup
{
    extension(NotifyDb db)
    {
        public DbSet<InboxEntry> Inbox => db.Set<InboxEntry>();
    }

    public static void AddInbound(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton<Inbox>();
        builder.Services.AddSingleton<Reviews>();
        builder.Services.AddSingleton<IReconcile>(services => services.GetRequiredService<Reviews>());
        builder.Services.AddSingleton<IMessageSource, ReplyMessages>();
        builder.Services.AddSingleton(new NotifyTable(model => model.Entity<InboxEntry>().ToTable("inbox").HasKey(i => i.Id)));
    }
}
