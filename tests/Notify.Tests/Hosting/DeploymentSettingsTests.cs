using Notify.Hosting;
using Notify.Tests.Support;

namespace Notify.Tests.Hosting;

/// <summary>What may pass on a developer's machine and not in earnest; each fault names its key and what to do.</summary>
public sealed class DeploymentSettingsTests
{
    private const string LongKey = "0123456789abcdef0123456789abcdef";

    [Theory]
    [InlineData("Production", "", LongKey, "false", "PublicUrl", "Set it to the address")]
    [InlineData("Staging", "", LongKey, "false", "PublicUrl", "Set it to the address")]
    [InlineData("Production", "news.example", LongKey, "false", "PublicUrl", "https://")]
    [InlineData("Development", "ftp://news.example", LongKey, "false", "PublicUrl", "https://")]
    [InlineData("Production", "https://news.example", LongKey, "true", "Sandbox:Enabled", "Take it out")]
    [InlineData("Production", "https://news.example", "0123456789abcdef0123456789abcde", "false", "Operators:BootstrapKey", "at least 32 characters")]
    [InlineData("Staging", "https://news.example", "short", "false", "Operators:BootstrapKey", "openssl rand")]
    public async Task What_cannot_work_in_earnest_is_refused(string environment, string publicUrl, string bootstrapKey, string sandbox, string key, string remedy)
    {
        var faults = await FaultsAsync(environment, publicUrl, bootstrapKey, sandbox);

        Assert.Contains(faults, fault => fault.StartsWith(key, StringComparison.Ordinal) && fault.Contains(remedy, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("Development", "", "short", "true")]
    [InlineData("Production", "https://news.example", LongKey, "false")]
    [InlineData("Production", "https://news.example", "", "false")]
    [InlineData("Staging", "https://news.example", LongKey, "true")]
    public async Task What_can_work_is_not(string environment, string publicUrl, string bootstrapKey, string sandbox)
    {
        var faults = await FaultsAsync(environment, publicUrl, bootstrapKey, sandbox);

        Assert.DoesNotContain(faults, fault => fault.StartsWith("PublicUrl", StringComparison.Ordinal)
            || fault.StartsWith("Sandbox", StringComparison.Ordinal) || fault.StartsWith("Operators", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("the desk", 1)]
    [InlineData("desk@news.example, chief@news.example", 1)]
    [InlineData("desk@news.example", 0)]
    public async Task Alarms_go_to_an_address_or_the_start_says_so(string address, int faults) =>
        Assert.Equal(faults, (await FaultsAsync("Development", "", "", "true", $"--Operators:AlarmTo={address}")).Count(fault => fault.StartsWith("Operators:AlarmTo", StringComparison.Ordinal)));

    [Theory]
    [InlineData("STOP to end", 0)]
    [InlineData("Stop: להסרה", 0)]
    [InlineData("", 0)]
    [InlineData("Unsubscribe any time", 1)]
    [InlineData("NONSTOP news", 1)]
    [InlineData("STOP\nto end", 1)]
    [InlineData("STOP to end, and then no more texts come from us", 1)]
    public async Task The_way_out_in_a_text_is_one_that_works(string text, int faults) =>
        Assert.Equal(faults, (await FaultsAsync("Development", "", "", "true", $"--Publication:OptOutText={text}")).Count(fault => fault.StartsWith("Publication:OptOutText", StringComparison.Ordinal)));

    private static async Task<IReadOnlyList<string>> FaultsAsync(string environment, string publicUrl, string bootstrapKey, string sandbox, params string[] more)
    {
        using var folder = new TemporaryFolder();
        await using var app = NotifyApp.Build(
        [
            $"--environment={environment}", $"--PublicUrl={publicUrl}", $"--Operators:BootstrapKey={bootstrapKey}", $"--Sandbox:Enabled={sandbox}",
            $"--Data:Folder={folder.Path}", "--urls=http://127.0.0.1:0", "--Demo=false", .. more,
        ]);
        return (Record.Exception(() => SettingsCheck.ThrowIfWrong(app)) as SettingsException)?.Faults ?? [];
    }
}
