using System.Diagnostics;
using System.Text.Json;
using CsCheck;
using Notify.Messages;
using Notify.Tests.Support;

namespace Notify.Tests.Messages;

/// <summary>
/// Our count against the provider's own calculator (npm, sms-segments-calculator), where Node and its registry are at hand. Left out: a plain letter
/// with a combining mark, and a line break of two characters, of which version 1.2.0 counts the first alone among UCS-2; we count both, for both are sent.
/// </summary>
public sealed class SegmentsOracleTests
{
    private const string Package = "sms-segments-calculator@1.2.0";
    private const int Texts = 3_000;

    /// <summary>Reads a JSON array of texts, prints one of [encoding, segments].</summary>
    private const string Script = """
        const { SegmentedMessage } = require('sms-segments-calculator');
        let input = '';
        process.stdin.on('data', part => input += part).on('end', () =>
          console.log(JSON.stringify(JSON.parse(input).map(text => { const m = new SegmentedMessage(text, 'auto', false); return [m.encodingName, m.segmentsCount]; }))));
        """;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Counts_what_the_providers_calculator_counts()
    {
        var node = Programs.Require("node");
        using var folder = new TemporaryFolder();
        var (installed, said) = await RunAsync(Path.Combine(Path.GetDirectoryName(node)!, "npm"), ["install", "--silent", "--no-audit", "--no-fund", Package], folder.Path, "");
        Assert.SkipUnless(installed, $"{Package} could not be installed: {said}");
        var texts = Gen.OneOf(Gen.String["abcdefghij @£$\n"], Gen.String["abc€[]{}~^|\\"], Gen.OneOf("a", "é", "ú", "😜", "🏳️‍🌈", "🇮🇹", "€", "]", "ш", "א", "\n", "–").Array[0, 180].Select(string.Concat))
            .Where(text => text.Length > 0).Array[Texts].Single();

        var (ran, output) = await RunAsync(node, ["-e", Script], folder.Path, JsonSerializer.Serialize(texts));

        Assert.True(ran, output);
        var counted = JsonSerializer.Deserialize<JsonElement[][]>(output)!;
        Assert.Equal(texts.Length, counted.Length);
        Assert.All(texts.Zip(counted), pair =>
        {
            var ours = Segments.Count(pair.First);
            Assert.Equal((pair.Second[0].GetString(), pair.Second[1].GetInt32(), pair.First), (ours.Encoding == TextEncoding.Gsm7 ? "GSM-7" : "UCS-2", ours.Segments, pair.First));
        });
    }

    private static async Task<(bool IsDone, string Output)> RunAsync(string program, string[] arguments, string folder, string input)
    {
        if (!File.Exists(program))
        {
            return (false, $"{program} is not there.");
        }

        using var process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder,
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Token);
        limit.CancelAfter(TimeSpan.FromSeconds(60));
        try
        {
            var (output, errors) = (process.StandardOutput.ReadToEndAsync(limit.Token), process.StandardError.ReadToEndAsync(limit.Token));
            await process.StandardInput.WriteAsync(input.AsMemory(), limit.Token);
            process.StandardInput.Close();
            await process.WaitForExitAsync(limit.Token);
            return process.ExitCode == 0 ? (true, await output) : (false, await errors);
        }
        catch (OperationCanceledException) when (!Token.IsCancellationRequested)
        {
            process.Kill(entireProcessTree: true);
            return (false, "It took longer than a minute.");
        }
    }
}
