using System.CommandLine;
using Notify.Load;
using Notify.Load.Scenarios;

var scenario = new Argument<string>("scenario") { Description = "What is measured." };
scenario.AcceptOnlyFromAmong([.. Scenario.All.Keys]);
var readers = new Option<int?>("--readers") { Description = "How many readers; each scenario has its own default." };
var runs = new Option<int>("--runs") { Description = "How many runs; figures are medians.", DefaultValueFactory = _ => 3 };
var workers = new Option<int>("--workers") { Description = "How many nodes, for the scenario of that name.", DefaultValueFactory = _ => 4 };
var dkim = new Option<bool>("--dkim") { Description = "Mails are signed (RSA-2048)." };
var kills = new Option<int>("--kills") { Description = "How many kills, for crash.", DefaultValueFactory = _ => 20 };
var seed = new Option<int>("--seed") { Description = "What kills are drawn from; printed, so that a run can be had again.", DefaultValueFactory = _ => Random.Shared.Next(1, 1_000_000) };
var settle = new Option<int>("--settle") { Description = "Seconds between two questions about a text in doubt, for crash.", DefaultValueFactory = _ => 120 };
var json = new Option<FileInfo?>("--json") { Description = "Where the figures are written as JSON." };
var root = new RootCommand("Measures Notify on this machine, against a limit measured in the same run. Load goes to 127.0.0.1 only and ends by itself.")
{
    scenario, readers, runs, workers, dkim, kills, seed, settle, json,
};
root.SetAction(async (parse, cancellation) =>
{
    var name = parse.GetValue(scenario)!;
    var asked = new Asked(parse.GetValue(readers), Math.Max(1, parse.GetValue(runs)), Math.Max(1, parse.GetValue(workers)), parse.GetValue(dkim),
        Math.Max(1, parse.GetValue(kills)), parse.GetValue(seed), Math.Max(1, parse.GetValue(settle)));
    var report = new Report(name);
    await Scenario.All[name](asked, report, cancellation);
    report.Print();
    if (parse.GetValue(json) is { } file)
    {
        await report.WriteAsync(file.FullName, cancellation);
    }

    return report.IsGood ? 0 : 1;
});
return await root.Parse(args).InvokeAsync();
