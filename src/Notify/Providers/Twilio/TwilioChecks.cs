using Microsoft.Extensions.Options;
using Notify.Contacts;
using Notify.Inbound;
using Notify.Jobs;
using Notify.Publication;
using Notify.Storage;
using Notify.Web;

namespace Notify.Providers.Twilio;

/// <summary>
/// The doctor's look at each sender of texts: what kind of number it is, what carriers want of that kind before they take anything from it, and
/// who answers STOP there. Whether it is registered only the provider knows; whether carriers refuse it Notify knows from its own sends.
/// </summary>
internal sealed class TwilioChecks(
    IOptions<TwilioOptions> options, IOptionsMonitor<PublicationOptions> site, Database database, SandboxSettings sandbox) : ICheck
{
    public async Task<IReadOnlyList<CheckResult>> CheckAsync(CancellationToken cancellationToken)
    {
        if (sandbox.IsEnabled)
        {
            return [];
        }

        var refused = await RefusedAsync(cancellationToken);
        var results = options.Value.Senders.Select(sender => refused.TryGetValue(sender.Name, out var reason)
            ? new CheckResult($"registration of {sender.Name}", false, $"carriers refuse it: {reason}; register it with the provider, then clear the alarm")
            : Read(sender, site.CurrentValue.AllowedCountries)).ToList();
        var unserved = Unserved();
        if (unserved.Length > 0)
        {
            results.Add(new CheckResult("senders by country", false, $"numbers of {string.Join(", ", unserved)} may sign up, and no sender serves them; add one, or take them out of Publication:Countries"));
        }

        return results;
    }

    internal static CheckResult Read(TwilioSenderOptions sender, IReadOnlyCollection<string> countries)
    {
        var what = $"registration of {sender.Name}";
        var servesUs = (sender.Countries.Count > 0 ? [.. sender.Countries] : countries).Contains("US", StringComparer.OrdinalIgnoreCase);
        if (sender.MessagingServiceSid.Length > 0)
        {
            return new CheckResult(what, true, servesUs
                ? "a messaging service: each of its numbers has to be registered (A2P 10DLC, toll-free verification or short code) before the first alert to the US (error 30034)"
                : "a messaging service");
        }

        if (sender.From.Any(char.IsAsciiLetter))
        {
            return servesUs || countries.Contains("CA", StringComparer.OrdinalIgnoreCase)
                ? new CheckResult(what, false, "a name cannot text to the US or Canada, and nobody can reply STOP to it; use a number there")
                : new CheckResult(what, false, "nobody can reply STOP to a name; use a number, or a messaging service that has one");
        }

        if (!sender.From.StartsWith('+'))
        {
            return sender.KeywordReplies == KeywordReplies.App
                ? new CheckResult(what, true, "a short code: it must be leased and provisioned with every carrier before the first alert (error 30024); STOP and HELP are answered by Notify")
                : new CheckResult(what, false, $"a short code of its own, where nobody answers STOP and HELP: set KeywordReplies of {sender.Name} to App");
        }

        if (ProviderKeywords.IsTollFree(sender.From))
        {
            return new CheckResult(what, true, "a toll-free number: it must be verified before carriers deliver anything from it (error 30032); the network answers STOP");
        }

        if (!PhoneNumber.TryParseAny(sender.From, "ZZ", out _))
        {
            return new CheckResult(what, false, $"From of {sender.Name} is neither a number with + and country code nor a short code");
        }

        return new CheckResult(what, true, servesUs && sender.From.StartsWith("+1", StringComparison.Ordinal)
            ? "a long code: for the US its brand and campaign must be registered for A2P 10DLC before the first alert, or carriers refuse everything (error 30034)"
            : "a long code; ask the provider what its country wants to be registered");
    }

    private string[] Unserved() =>
        [.. site.CurrentValue.AllowedCountries.Where(country => options.Value.Senders.Count > 0
            && options.Value.Senders.All(s => s.Countries.Count > 0 && !s.Countries.Contains(country, StringComparer.OrdinalIgnoreCase)))];

    private async Task<Dictionary<string, string>> RefusedAsync(CancellationToken cancellationToken)
    {
        try
        {
            await using var connection = await database.ConnectAsync(cancellationToken);
            await using var command = connection.CreateCommand();
            command.CommandText = "SELECT name, reason FROM senders WHERE refused";
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            var refused = new Dictionary<string, string>(StringComparer.Ordinal);
            while (await reader.ReadAsync(cancellationToken))
            {
                refused[reader.GetString(0)] = reader.GetString(1);
            }

            return refused;
        }
        catch (System.Data.Common.DbException)
        {
            // The database has a line of its own.
            return [];
        }
    }
}
