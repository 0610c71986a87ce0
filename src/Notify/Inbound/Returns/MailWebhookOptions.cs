namespace Notify.Inbound.Returns;

/// <summary>Section <c>MailWebhooks</c>: by the name of the service.</summary>
public sealed class MailWebhookOptions
{
    /// <summary>What its calls are proved by; each of them is enough. Without any its address answers 404.</summary>
    public IList<string> Secrets { get; set; } = [];
}
