using Microsoft.Extensions.Options;

namespace Notify.Inbound.Returns;

/// <summary>Section <c>MailWebhooks</c>: by the name of the service.</summary>
public sealed class MailWebhookOptions
{
    /// <summary>What its calls are proved by; each of them is enough. Without any its address answers 404.</summary>
    public IList<string> Secrets { get; set; } = [];
}

/// <summary>The whole of the section.</summary>
internal sealed class MailWebhooksOptions
{
    public IDictionary<string, MailWebhookOptions> MailWebhooks { get; set; } = new Dictionary<string, MailWebhookOptions>();

    /// <summary>Of a service; an empty one is none.</summary>
    public IReadOnlyList<string> SecretsOf(string service) =>
        [.. MailWebhooks.Where(one => string.Equals(one.Key, service, StringComparison.OrdinalIgnoreCase)).SelectMany(one => one.Value.Secrets).Where(secret => secret.Length > 0)];
}

/// <summary>A name nobody knows, or a secret that can be none, would lose every report without a word.</summary>
internal sealed class MailWebhookRules(IEnumerable<IMailService> services) : IValidateOptions<MailWebhooksOptions>
{
    public ValidateOptionsResult Validate(string? name, MailWebhooksOptions options)
    {
        var faults = options.MailWebhooks.SelectMany(one => Faults(one.Key, one.Value)).ToList();
        return faults.Count > 0 ? ValidateOptionsResult.Fail(faults) : ValidateOptionsResult.Success;
    }

    private IEnumerable<string> Faults(string name, MailWebhookOptions options)
    {
        if (services.FirstOrDefault(service => string.Equals(service.Name, name, StringComparison.OrdinalIgnoreCase)) is not { } service)
        {
            return [$"MailWebhooks:{name} is no mail service that is known here. Those are: {string.Join(", ", services.Select(s => s.Name).Order(StringComparer.Ordinal))}."];
        }

        return options.Secrets.Index().Where(secret => secret.Item.Length > 0)
            .Select(secret => (secret.Index, Misfit: service.Misfit(secret.Item))).Where(secret => secret.Misfit is not null)
            .Select(secret => $"MailWebhooks:{service.Name}:Secrets:{secret.Index} {secret.Misfit}.");
    }
}
