using System.Globalization;
using Notify.Sandbox.Faults;
using Notify.Sandbox.Gateway;
using Notify.Sandbox.Web;

namespace Notify.Sandbox.Texts;

/// <summary>The way of a text after it was taken: queued, sent, delivered, each told to the address that came with it.</summary>
/// <remarks>There is no callback for the status that the create request was answered with.</remarks>
internal sealed class Journey(Handsets handsets, Webhooks webhooks, GatewayCalls gateway, Background background, TimeProvider clock)
{
    /// <summary>Between two steps: short enough to watch, long enough that the answer to the create request usually comes first.</summary>
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(120);

    /// <summary>Sets out; the task ends at once, or with the last callback when the script wants them before the answer.</summary>
    public async Task BeginAsync(Text text, FaultRule? script = null)
    {
        if (script?.BeforeAnswer is true)
        {
            await TravelAsync(text, script, TimeSpan.Zero, background.Stopping);
            return;
        }

        background.Run(stopping => TravelAsync(text, script, Step, stopping));
    }

    private async Task TravelAsync(Text text, FaultRule? script, TimeSpan step, CancellationToken cancellationToken)
    {
        if (text.Status == "scheduled" && text.SendAt - clock.GetUtcNow() is { } wait && wait > TimeSpan.Zero)
            await Task.Delay(wait, clock, cancellationToken);
        if (script?.DelayMs is { } delay)
            await Task.Delay(TimeSpan.FromMilliseconds(delay), clock, cancellationToken);

        var held = new Stack<string>();
        foreach (var status in Steps(text))
        {
            await Task.Delay(step, clock, cancellationToken);
            if (!handsets.Move(text, status, status == text.FinalStatus ? text.FinalErrorCode : null))
                return;
            if (script?.Reorder is true)
                held.Push(status);
            if (script?.Reorder is not true)
                await TellAsync(text, status, script, cancellationToken);
        }

        foreach (var status in held)
            await TellAsync(text, status, script, cancellationToken);
    }

    private static IEnumerable<string> Steps(Text text)
    {
        if (text.Status is "accepted" or "scheduled")
            yield return "queued";
        if (text.FinalStatus != "failed")
            yield return "sent";
        if (text.FinalStatus != "sent")
            yield return text.FinalStatus;
    }

    private async Task TellAsync(Text text, string status, FaultRule? script, CancellationToken cancellationToken)
    {
        if (text.StatusCallback is not { } url || script?.Lose is true)
            return;

        var form = Form(text, status);
        for (var times = script?.Double is true ? 2 : 1; times > 0; times--)
        {
            if (text.AccountSid == GatewayApi.Account)
                await gateway.TellStatusAsync(text, status, cancellationToken);
            else
                await webhooks.PostAsync(url, form, cancellationToken);
        }
    }

    private List<KeyValuePair<string, string>> Form(Text text, string status)
    {
        List<KeyValuePair<string, string>> form =
        [
            new("MessageSid", text.Sid),
            new("MessageStatus", status),
            new("SmsSid", text.Sid),
            new("SmsStatus", status),
            new("AccountSid", text.AccountSid),
            new("From", text.From),
            new("To", text.To),
            new("ApiVersion", "2010-04-01"),
        ];
        if (text.MessagingServiceSid is { } service)
            form.Add(new("MessagingServiceSid", service));
        if (status is "failed" or "undelivered" && text.FinalErrorCode is { } code)
            form.Add(new("ErrorCode", code.ToString(CultureInfo.InvariantCulture)));
        if (status is "delivered" or "undelivered")
            form.Add(new("RawDlrDoneDate", clock.GetUtcNow().UtcDateTime.ToString("yyMMddHHmm", CultureInfo.InvariantCulture)));
        return form;
    }
}
