using Microsoft.Extensions.Options;
using Notify.Deliveries;
using Notify.Jobs;
using Notify.Storage;

namespace Notify.Inbound.Returns;

/// <summary>Removes reports when the deliveries they are about go: they name readers.</summary>
internal sealed class OldReturns(Database database, IOptions<DeliveryOptions> options, TimeProvider clock) : IReconcile
{
    private const int AtOnce = 5_000;

    private static readonly TimeSpan Every = TimeSpan.FromHours(1);

    private DateTimeOffset _next;

    public async Task ReconcileAsync(CancellationToken cancellationToken)
    {
        if (clock.GetUtcNow() < _next)
        {
            return;
        }

        var removed = await database.WriteAsync(async write => await write.ExecuteAsync("DELETE FROM returns WHERE id IN (SELECT id FROM returns WHERE at < @before ORDER BY at LIMIT @count)",
            ("before", await write.NowAsync() - options.Value.Retention), ("count", AtOnce)), cancellationToken);
        _next = removed < AtOnce ? clock.GetUtcNow() + Every : DateTimeOffset.MinValue;
    }
}
