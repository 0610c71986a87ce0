using Microsoft.Extensions.Options;
using Notify.Deliveries;
using Notify.Inbound;
using Notify.Jobs;
using Notify.Storage;
using Notify.Web;

namespace Notify.Providers.Twilio;

internal static class TwilioSetup
{
    public static void AddTwilio(this IHostApplicationBuilder builder)
    {
        PointAtSandbox(builder);
        builder.Services.AddSingleton(new SettingsSection("Twilio", typeof(TwilioOptions)));
        builder.Services.AddOptions<TwilioOptions>().BindConfiguration("Twilio").ValidateDataAnnotations().ValidateOnStart();
        builder.Services.AddSingleton<IValidateOptions<TwilioOptions>, Rules>();
        builder.Services.AddSingleton<Signature>();
        builder.Services.AddSingleton<ErrorPolicy>();
        builder.Services.AddSingleton<IErrand, TwilioConsents>();
        builder.Services.AddSingleton<IErrand, Deactivations>();
        builder.Services.AddSingleton<ICheck, TwilioChecks>();
        builder.Services.AddSingleton<IWebhookTest, TwilioWebhookTest>();
        builder.Services.AddSingleton<IMessageProvider, TwilioTexts>();
        // No resilience handler here, ever: it would send a text twice.
        builder.Services.AddHttpClient(TwilioTexts.ClientName, client => client.Timeout = TimeSpan.FromSeconds(20))
            .ConfigurePrimaryHttpMessageHandler(() => new SocketsHttpHandler
            {
                AllowAutoRedirect = false,
                PooledConnectionLifetime = TimeSpan.FromMinutes(5),
                ConnectTimeout = TimeSpan.FromSeconds(10),
            })
            .RemoveAllLoggers();
    }

    /// <summary>While the local carrier is on, whatever is not set is the local carrier's.</summary>
    private static void PointAtSandbox(IHostApplicationBuilder builder)
    {
        var sandbox = SandboxSettings.Read(builder.Configuration, builder.Environment);
        if (!sandbox.IsEnabled)
        {
            return;
        }

        var settings = new List<(string, string)>
        {
            ("Twilio:BaseUrl", sandbox.Url.ToString()),
            ("Twilio:AccountsUrl", sandbox.Url.ToString()),
            ("Twilio:MessagingUrl", sandbox.Url.ToString()),
            ("Twilio:AccountSid", "AC00000000000000000000000000000000"),
            ("Twilio:AuthTokens:0", "local-carrier"),
        };
        // Whoever has described another way out for texts means that one.
        if (!builder.Configuration.GetSection("Twilio:Senders").GetChildren().Any() && !builder.Configuration.GetSection("HttpTexts").GetChildren().Any())
        {
            settings.AddRange(
            [
                ("Twilio:Senders:0:Name", "local-texts"),
                ("Twilio:Senders:0:From", "+15005550006"),
                ("Twilio:Senders:0:SegmentsPerSecond", "100"),
                ("Twilio:Senders:0:Concurrency", "16"),
                ("Twilio:Senders:0:KeywordReplies", nameof(KeywordReplies.App)),
            ]);
        }

        SandboxSettings.AddMissing(builder, settings);
        builder.Services.AddSingleton(services =>
        {
            var options = services.GetRequiredService<IOptions<TwilioOptions>>().Value;
            return new SandboxAccount(options.AccountSid, [.. options.AuthTokens], [options.ApiKeySecret], "/webhooks/twilio/inbound");
        });
    }

    private sealed class Rules : IValidateOptions<TwilioOptions>
    {
        public ValidateOptionsResult Validate(string? name, TwilioOptions options)
        {
            var faults = new List<string>();
            for (var i = 0; i < options.Senders.Count; i++)
            {
                var sender = options.Senders[i];
                Fault(sender.Name.Length == 0, $"Twilio:Senders:{i}:Name is empty. Give it a short name of its own.");
                Fault(sender.From.Length == 0 == (sender.MessagingServiceSid.Length == 0), $"Twilio:Senders:{i}: set either From or MessagingServiceSid.");
                Fault(sender.SegmentsPerSecond is <= 0 or > 10_000, $"Twilio:Senders:{i}:SegmentsPerSecond must be more than 0 and at most 10000.");
                Fault(sender.Concurrency is < 1 or > 1_000, $"Twilio:Senders:{i}:Concurrency must be 1 to 1000.");
                Fault(sender.Countries.Any(c => c.Length != 2), $"Twilio:Senders:{i}:Countries: write each country with its two letters, such as US.");
                Fault(sender.Slots is < 1 or > 64, $"Twilio:Senders:{i}:Slots must be 1 to 64.");
            }

            var table = ErrorPolicy.FaultOf(options.ErrorPolicyFile);
            Fault(table is not null, table ?? "");
            Fault(options.Senders.Count > 0 && options.AccountSid.Length == 0, "Twilio:AccountSid is empty. Set it to the account's sid (AC…).");
            Fault(options.Senders.Count > 0 && !options.AuthTokens.Any(t => t.Length > 0), "Twilio:AuthTokens is empty. Webhooks are verified with the account's auth token.");
            Fault(options.ApiKeySid.Length > 0 && options.ApiKeySecret.Length == 0, "Twilio:ApiKeySecret is empty though Twilio:ApiKeySid is set.");
            return faults.Count > 0 ? ValidateOptionsResult.Fail(faults) : ValidateOptionsResult.Success;

            void Fault(bool isSo, string text)
            {
                if (isSo)
                {
                    faults.Add(text);
                }
            }
        }
    }
}
