using Microsoft.Extensions.Logging.Abstractions;
using Notify.Hosting;
using Notify.Jobs;

namespace Notify.Tests.Hosting;

/// <summary>Who waits for a provider keeps nobody else waiting.</summary>
public sealed class ErrandsTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task One_that_never_comes_back_keeps_neither_the_others_nor_the_start_waiting()
    {
        var (stuck, failing, busy) = (new Errand(token => Task.Delay(Timeout.Infinite, token)), new Errand(_ => throw new HttpRequestException("away")), new Errand(_ => Task.CompletedTask));
        using var errands = new Errands([stuck, failing, busy], TimeProvider.System, NullLogger<Errands>.Instance);

        await errands.StartAsync(Token);
        await Task.WhenAll(stuck.Begun, failing.Begun, busy.Begun).WaitAsync(Token);
        var isRunning = !errands.ExecuteTask!.IsCompleted;
        await errands.StopAsync(Token);

        Assert.True(isRunning);
        Assert.True(errands.ExecuteTask.IsCompletedSuccessfully);
    }

    [Fact]
    public async Task One_that_blocks_its_thread_at_once_does_not_hold_the_start_up()
    {
        using var gate = new ManualResetEventSlim();
        var errand = new Errand(_ =>
        {
            gate.Wait(Token);
            return Task.CompletedTask;
        });
        using var errands = new Errands([errand], TimeProvider.System, NullLogger<Errands>.Instance);

        await errands.StartAsync(Token);
        await errand.Begun.WaitAsync(Token);
        gate.Set();
        await errands.StopAsync(Token);
    }

    private sealed class Errand(Func<CancellationToken, Task> run) : IErrand
    {
        private readonly TaskCompletionSource _begun = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Begun => _begun.Task;

        public Task RunAsync(CancellationToken cancellationToken)
        {
            _begun.TrySetResult();
            return run(cancellationToken);
        }
    }
}
