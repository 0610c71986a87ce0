using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;
using Notify.Storage;

namespace Notify.Publication;

/// <summary>The words a reader agrees to, with the version that the ledger refers to.</summary>
/// <param name="Version">Made from the words, so that other words never have the same version.</param>
public sealed record Disclosure(string Version, string Channel, string Locale, string Words);

/// <summary>
/// Builds the words shown at opt-in from the settings, and keeps every version that was ever shown.
/// Required parts: CTIA Messaging Principles and Best Practices (2023), 5.1.1; a number alone is not consent.
/// </summary>
public sealed class Disclosures(IOptionsMonitor<PublicationOptions> options)
{
    public const string Text = "text";
    public const string Mail = "mail";

    /// <summary>For both channels together, the version a form sends back.</summary>
    public string CurrentVersion => Version(ForText().Words + "\n" + ForMail().Words);

    public Disclosure ForText()
    {
        var site = options.CurrentValue;
        var words = new StringBuilder()
            .Append(CultureInfo.InvariantCulture, $"By providing your phone number, you will receive text message updates from {site.Name}. You can opt out at any time by responding STOP. ")
            .Append(CultureInfo.InvariantCulture, $"These are recurring automated news alerts from {site.Name}. {Frequency(site)} Msg & data rates may apply. ")
            .Append("Reply HELP for help, STOP to end. Consent is not a condition of any purchase.");
        if (site.TermsUrl.Length > 0 && site.PrivacyUrl.Length > 0)
        {
            words.Append(CultureInfo.InvariantCulture, $" Terms: {site.TermsUrl} Privacy: {site.PrivacyUrl}");
        }

        return Of(Text, site, words.ToString());
    }

    public Disclosure ForMail()
    {
        var site = options.CurrentValue;
        return Of(Mail, site, $"By providing your e-mail address, you will receive news by e-mail from {site.Name}. Every mail has a link to unsubscribe with one click.");
    }

    /// <summary>Keeps the words of a version, inside the transaction that refers to it.</summary>
    /// <returns>The version to write into the ledger, or null when the form showed words we do not know.</returns>
    public async Task<string?> KeepAsync(Write write, string channel, string? shown)
    {
        var current = channel == Text ? ForText() : ForMail();
        if (shown is null)
        {
            return null;
        }

        if (shown != CurrentVersion && shown != current.Version)
        {
            // An older version that was really shown once is as good; anything else is not ours.
            return await write.ScalarAsync<string>("SELECT version FROM disclosures WHERE version = @shown", ("shown", shown));
        }

        await write.ExecuteAsync("""
            INSERT INTO disclosures (version, channel, locale, words, first_shown_at) VALUES (@version, @channel, @locale, @words, @now)
            ON CONFLICT (version) DO NOTHING
            """,
            ("version", current.Version), ("channel", channel == Text ? 1 : 2), ("locale", current.Locale), ("words", current.Words), ("now", await write.NowAsync()));
        return current.Version;
    }

    private static string Frequency(PublicationOptions site) =>
        site.MaxTextsPerDay > 0 ? $"Up to {site.MaxTextsPerDay} msgs/day." : "Msg frequency varies.";

    private static Disclosure Of(string channel, PublicationOptions site, string words) => new($"{channel}-{site.Locale}-{Version(words)}", channel, site.Locale, words);

    private static string Version(string words) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(words)))[..12];
}
