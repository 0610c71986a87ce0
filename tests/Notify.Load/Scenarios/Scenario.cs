namespace Notify.Load.Scenarios;

/// <summary>What the command line asked for.</summary>
internal sealed record Asked(int? Readers, int Runs, int Workers, bool IsSigned, int Kills, int Seed, int SettleSeconds);

/// <summary>Every scenario by the name it is asked for.</summary>
internal static class Scenario
{
    public static readonly IReadOnlyDictionary<string, Func<Asked, Report, CancellationToken, Task>> All =
        new Dictionary<string, Func<Asked, Report, CancellationToken, Task>>(StringComparer.Ordinal)
        {
            ["mail"] = MailScenario.RunAsync,
            ["text"] = TextScenario.RunAsync,
            ["fanout"] = FanOutScenario.RunAsync,
            ["digests"] = DigestScenario.RunAsync,
            ["optin"] = OptInScenario.RunAsync,
            ["nodes"] = NodesScenario.RunAsync,
            ["latency"] = LatencyScenario.RunAsync,
            ["crash"] = CrashScenario.RunAsync,
            ["growth"] = GrowthScenario.RunAsync,
            ["evidence"] = EvidenceScenario.RunAsync,
        };
}
