using Microsoft.EntityFrameworkCore;
using Notify.Contacts;
using Notify.Jobs;
using Notify.Storage;

namespace Notify.Consent;

internal static class ConsentSetup
{
    extension(NotifyDb db)
    {
        public DbSet<ConsentEntry> ConsentEntries => db.Set<ConsentEntry>();

        public DbSet<Suppression> Suppressions => db.Set<Suppression>();
    }

    public static void AddConsent(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton<Ledger>();
        builder.Services.AddSingleton<ConsentData>();
        builder.Services.AddSingleton<IExport>(services => services.GetRequiredService<ConsentData>());
        builder.Services.AddSingleton<IForget>(services => services.GetRequiredService<ConsentData>());
        builder.Services.AddSingleton<IReconcile, SealHourly>();
        builder.Services.AddSingleton<ICheck, LedgerCheck>();
        builder.Services.AddSingleton(new NotifyTable(model =>
        {
            model.Entity<ConsentEntry>().ToTable("consent_entries").HasKey(e => e.Id);
            model.Entity<Suppression>().ToTable("suppressions").HasKey(s => new { s.ContactId, s.Scope });
        }));
    }

    /// <summary>Seals the ledger once an hour, and at the start; then takes the evidence whose time is over, of what is sealed only.</summary>
    private sealed class SealHourly(Ledger ledger, Database database, TimeProvider clock) : IReconcile
    {
        private static readonly TimeSpan Every = TimeSpan.FromHours(1);

        private DateTimeOffset _next = DateTimeOffset.MinValue;

        public async Task ReconcileAsync(CancellationToken cancellationToken)
        {
            if (clock.GetUtcNow() < _next)
            {
                return;
            }

            await ledger.SealAsync(cancellationToken);
            await database.WriteAsync(ConsentData.EraseEndedAsync, cancellationToken);
            _next = clock.GetUtcNow() + Every;
        }
    }

    private sealed class LedgerCheck(Ledger ledger) : ICheck
    {
        public async Task<IReadOnlyList<CheckResult>> CheckAsync(CancellationToken cancellationToken)
        {
            await ledger.SealAsync(cancellationToken);
            var (entries, _, fault) = await ledger.VerifyAsync(cancellationToken);
            return [fault is null
                ? new CheckResult("consent ledger", true, $"the chain of {entries} entries verifies")
                : new CheckResult("consent ledger", false, $"{fault}; the first {entries} entries verify. Compare with a backup before anything else is written.")];
        }
    }
}
