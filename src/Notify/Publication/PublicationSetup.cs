using Microsoft.Extensions.Options;
using Notify.Storage;

namespace Notify.Publication;

internal static class PublicationSetup
{
    public static void AddPublication(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton(new SettingsSection("Publication", typeof(PublicationOptions)));
        builder.Services.AddOptions<PublicationOptions>().BindConfiguration("Publication").ValidateDataAnnotations().ValidateOnStart();
        builder.Services.AddSingleton<IValidateOptions<PublicationOptions>, PublicationRules>();
        builder.Services.AddSingleton<Disclosures>();
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
    private sealed class PublicationRules(IHostEnvironment environment) : IValidateOptions<PublicationOptions>
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

            if (!TimeZoneInfo.TryFindSystemTimeZoneById(options.TimeZone, out _))
            {
                faults.Add($"Publication:TimeZone '{options.TimeZone}' is not known. Use an IANA name such as Europe/London.");
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
    }
}
