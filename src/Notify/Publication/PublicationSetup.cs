using System.Text.RegularExpressions;
using Microsoft.Extensions.Options;
using Notify.Storage;
using Notify.Web;

namespace Notify.Publication;

internal static partial class PublicationSetup
{
    public static void AddPublication(this IHostApplicationBuilder builder)
    {
        AddDemoLists(builder);
        builder.Services.AddSingleton(new SettingsSection("Publication", typeof(PublicationOptions)));
        builder.Services.AddOptions<PublicationOptions>().BindConfiguration("Publication").ValidateDataAnnotations().ValidateOnStart();
        builder.Services.AddSingleton<IValidateOptions<PublicationOptions>, PublicationRules>();
        builder.Services.AddSingleton<Disclosures>();
        builder.Services.AddSingleton<CivilHours>();
        builder.Services.AddSingleton<DigestTimes>();
    }

    /// <summary>
    /// The demo publication's lists, whole or not at all: in a settings file they would mix, place by place, with the lists somebody sets.
    /// </summary>
    private static void AddDemoLists(IHostApplicationBuilder builder)
    {
        if (!builder.Environment.IsDevelopment())
        {
            return;
        }

        if (!builder.Configuration.GetSection("Publication:Topics").GetChildren().Any())
        {
            (string, string)[] topics = [("international-news", "International News"), ("latest-news", "Latest News"), ("politics", "Politics"), ("world-news", "World News")];
            SandboxSettings.AddMissing(builder, topics.SelectMany((topic, i) => new[] { ($"Publication:Topics:{i}:Key", topic.Item1), ($"Publication:Topics:{i}:Name", topic.Item2) }));
        }

        if (!builder.Configuration.GetSection("Publication:Countries").GetChildren().Any() && string.IsNullOrEmpty(builder.Configuration["Publication:DefaultRegion"]?.Replace("US", "", StringComparison.Ordinal)))
        {
            string[] countries = ["US", "CA", "GB", "AU", "FR", "SE", "IL"];
            SandboxSettings.AddMissing(builder, countries.Select((country, i) => ($"Publication:Countries:{i}", country)));
        }
    }

    public static void MapPublication(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/disclosure", (Disclosures disclosures) => TypedResults.Ok(new DisclosureAnswer(
            disclosures.CurrentVersion, [disclosures.ForText(), disclosures.ForMail()])))
            .WithTags("Subscriptions")
            .WithSummary("The words to show at opt-in, per channel, and their version.");
    }

    /// <param name="Version">What a form sends back as <c>disclosure</c>.</param>
    internal sealed record DisclosureAnswer(string Version, IReadOnlyList<Disclosure> Disclosures);

    /// <summary>What annotations cannot say: nested topics, zones, and what law and carriers want before anything is sent in earnest.</summary>
    private sealed partial class PublicationRules(IHostEnvironment environment) : IValidateOptions<PublicationOptions>
    {
        public ValidateOptionsResult Validate(string? name, PublicationOptions options)
        {
            var faults = new List<string>();
            foreach (var (topic, i) in options.Topics.Select((topic, i) => (topic, i)))
            {
                if (topic.Key.Length is 0 or > 40 || !topic.Key.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-'))
                {
                    faults.Add($"Publication:Topics:{i}:Key must be lower-case letters, digits and dashes, at most 40.");
                }

                if (topic.Name.Length is 0 or > 60)
                {
                    faults.Add($"Publication:Topics:{i}:Name must have 1 to 60 characters.");
                }
            }

            // A list in the environment is laid over the one in the file entry by entry, so a shorter one leaves the file's tail behind it.
            faults.AddRange(options.Topics.Select(topic => topic.Key).GroupBy(key => key, StringComparer.Ordinal).Where(same => same.Skip(1).Any())
                .Select(same => $"Publication:Topics has the key '{same.Key}' more than once."));

            if (!TimeZoneInfo.TryFindSystemTimeZoneById(options.TimeZone, out _))
            {
                faults.Add($"Publication:TimeZone '{options.TimeZone}' is not known. Use an IANA name such as Europe/London.");
            }

            // In any language around it, but carriers and readers know this one word.
            if (options.OptOutText.Length > 0 && (!OptOut().IsMatch(options.OptOutText) || options.OptOutText.Any(char.IsControl)))
            {
                faults.Add("Publication:OptOutText must be one line with the word STOP, such as 'STOP to end'. Leave it empty, and only the confirmation says how to leave.");
            }

            if (!DigestTimes.IsTime(options.DigestAt))
            {
                faults.Add("Publication:DigestAt must be a time of day such as 18:00.");
            }

            if (CivilHours.Fault(options.QuietHours) is { } fault)
            {
                faults.Add(fault);
            }

            if (!environment.IsDevelopment())
            {
                Need(options.PostalAddress, "PostalAddress", "the publisher's postal address; every mail must show it");
                Need(options.SupportContact, "SupportContact", "where a reader gets help");
                Need(options.TermsUrl, "TermsUrl", "the page with the terms");
                Need(options.PrivacyUrl, "PrivacyUrl", "the page with the privacy policy");
            }

            return faults.Count > 0 ? ValidateOptionsResult.Fail(faults) : ValidateOptionsResult.Success;

            void Need(string value, string key, string what)
            {
                if (value.Length == 0)
                {
                    faults.Add($"Publication:{key} is empty. Set it to {what}.");
                }
            }
        }

        [GeneratedRegex(@"\bSTOP\b", RegexOptions.IgnoreCase, matchTimeoutMilliseconds: 1000)]
        private static partial Regex OptOut();
    }
}
