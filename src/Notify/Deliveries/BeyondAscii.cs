using System.Text;
using Notify.Jobs;
using Notify.Storage;

namespace Notify.Deliveries;

/// <summary>
/// Addresses with letters beyond ASCII before the @ (RFC 6531), which not every relay takes. Mails to them are held while none does: a person is told once, and the
/// alarm ends when one of them is taken.
/// </summary>
internal sealed class BeyondAscii(IAlarm alarm)
{
    public const string AlarmName = "addresses beyond ASCII";

    private const string Text = """
        Mails to readers whose address has letters beyond ASCII are held, for no relay takes them. Use one that offers SMTPUTF8, or ask yours for it; "Notify check" says which do. The mails go out by themselves then, as long as they are news.
        """;

    /// <summary>The last word of a lane's turn, for every lane writes the same row.</summary>
    public async Task HeardAsync(Write write, IReadOnlyList<RowResult> done, bool hasHeld)
    {
        if (hasHeld)
        {
            await alarm.RaiseAsync(write, AlarmName, Text);
        }
        else if (done.Any(result => result is { Outcome: SendOutcome.Accepted, Row.Address: { } address } && !Ascii.IsValid(address)))
        {
            await alarm.ClearAsync(write, AlarmName);
        }
    }
}
