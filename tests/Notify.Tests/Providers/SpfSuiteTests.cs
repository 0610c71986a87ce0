using System.Net;
using System.Text.Json;
using Notify.Providers.Smtp.Checks;
using Notify.Tests.Support;

namespace Notify.Tests.Providers;

/// <summary>The public suite of RFC 7208, as Debian's python3-spf brings it: zones, senders, and what a receiver has to conclude.</summary>
public sealed class SpfSuiteTests
{
    /// <summary>What the doctor leaves out on purpose, each with its reason.</summary>
    private static readonly Dictionary<string, string> LeftOut = new(StringComparer.Ordinal)
    {
        ["hello-macro"] = "what a relay says at EHLO is not known here",
        ["p-macro-multiple"] = "the names of the sender's address are not looked up for a macro that nobody should use (7.3)",
        ["macro-mania-in-domain"] = "a name with blanks in it is not asked for",
    };

    [Fact]
    public async Task A_receiver_that_follows_the_standard_concludes_the_same()
    {
        var suite = Programs.Require("spf-suite");
        await using var reader = ChildProcess.Start(["/usr/bin/python3", "-c", """
            import gzip, json, sys, yaml
            print(json.dumps([document for document in yaml.safe_load_all(gzip.open(sys.argv[1], "rt", encoding="utf-8")) if document]))
            """, suite]);
        Assert.True(await reader.EndsAsync(TimeSpan.FromSeconds(60)) == 0, reader.Output);
        using var scenarios = JsonDocument.Parse(reader.Output);
        var (count, wrong) = (0, new List<string>());
        foreach (var scenario in scenarios.RootElement.EnumerateArray())
        {
            await using var dns = Zones(scenario.GetProperty("zonedata"));
            foreach (var test in scenario.GetProperty("tests").EnumerateObject().Where(test => !LeftOut.ContainsKey(test.Name)))
            {
                var found = await JudgeAsync(test.Value, dns);
                count++;
                string[] allowed = test.Value.GetProperty("result") is { ValueKind: JsonValueKind.Array } several ? [.. several.EnumerateArray().Select(one => one.GetString()!)] : [test.Value.GetProperty("result").GetString()!];
                if (!allowed.Contains(found))
                {
                    wrong.Add($"{test.Name}: {found} instead of {string.Join(" or ", allowed)}");
                }
            }
        }

        Assert.True(wrong.Count == 0, $"{wrong.Count} of {count}:\n{string.Join('\n', wrong)}");
        Assert.True(count >= 200, $"Only {count} tests were found.");
    }

    private static async Task<string> JudgeAsync(JsonElement test, LocalDns dns)
    {
        var sender = test.GetProperty("mailfrom").GetString() is { Length: > 0 } mailbox ? mailbox : $"postmaster@{test.GetProperty("helo").GetString()}";
        // Without a mailbox it is the postmaster's (RFC 7208, 4.3).
        sender = sender.StartsWith('@') ? "postmaster" + sender : sender;
        var domain = sender[(sender.LastIndexOf('@') + 1)..];
        var resolver = new Resolver(dns.Address, TimeSpan.FromSeconds(5));
        var walk = new SpfWalk(resolver, sender);
        try
        {
            if (!domain.Contains('.', StringComparison.Ordinal) || !Resolver.IsName(domain) || !(await resolver.TextsAsync(domain, TestContext.Current.CancellationToken)).Any(SpfRecord.Is))
            {
                return "none";
            }

            var result = await walk.FollowAsync(domain, IPAddress.Parse(test.GetProperty("host").GetString()!), TestContext.Current.CancellationToken);
            return walk.Faults.Count > 0 || walk.Lookups > SpfWalk.MostLookups || walk.Voids > SpfWalk.MostVoids ? "permerror" : result.ToString().ToLowerInvariant();
        }
        catch (DnsAwayException)
        {
            return "temperror";
        }
    }

    /// <summary>Names with their records; one of the old type SPF is meant as text too, unless a text stands beside it.</summary>
    private static LocalDns Zones(JsonElement zones)
    {
        var dns = new LocalDns();
        foreach (var zone in zones.EnumerateObject())
        {
            var records = zone.Value.EnumerateArray().ToList();
            var hasText = records.Exists(record => record.ValueKind == JsonValueKind.Object && record.TryGetProperty("TXT", out _));
            foreach (var record in records)
            {
                if (record.ValueKind == JsonValueKind.String)
                {
                    dns.Fails(zone.Name);
                    continue;
                }

                var (type, value) = (record.EnumerateObject().First().Name, record.EnumerateObject().First().Value);
                if (value.ValueKind == JsonValueKind.String && value.GetString() is "NONE" or "TIMEOUT")
                {
                    continue;
                }

                switch (type)
                {
                    case "TXT" or "SPF" when type == "TXT" || !hasText:
                        dns.Txt(zone.Name, value.ValueKind == JsonValueKind.Array ? [.. value.EnumerateArray().Select(part => part.GetString()!)] : [.. value.GetString()!.Chunk(255).Select(part => new string(part))]);
                        break;
                    case "A" or "AAAA":
                        dns.A(zone.Name, value.GetString()!);
                        break;
                    case "MX":
                        dns.Mx(zone.Name, (byte)value[0].GetInt32(), value[1].GetString()!);
                        break;
                    case "PTR":
                        dns.Ptr(zone.Name, value.GetString()!);
                        break;
                    case "CNAME":
                        dns.Cname(zone.Name, value.GetString()!);
                        break;
                }
            }
        }

        return dns;
    }
}
