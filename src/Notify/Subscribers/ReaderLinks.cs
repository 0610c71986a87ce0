using System.Globalization;
using Notify.Web;

namespace Notify.Subscribers;

/// <summary>
/// The links to a reader's own page. The one in every mail is good for ever, and travels with mails that are passed on; so what cannot be taken back, and
/// what shows who the reader is, needs one that was just sent to the contact itself.
/// </summary>
internal sealed class ReaderLinks(LinkTokens tokens, PublicAddress address, TimeProvider clock)
{
    public static readonly TimeSpan Fresh = TimeSpan.FromDays(1);

    private const char Mark = 'f';

    /// <summary>For a mail's foot.</summary>
    public string PathFor(long contactId) => "/preferences/" + tokens.Make(LinkPurpose.Preferences, contactId);

    /// <summary>For a message that goes to the contact alone.</summary>
    public string FreshFor(long contactId) =>
        address.Link("/preferences/" + tokens.Make(LinkPurpose.Preferences, contactId, string.Create(CultureInfo.InvariantCulture, $"{Mark}{clock.GetUtcNow().ToUnixTimeSeconds() / 60}")));

    /// <returns>Null when it is none of ours.</returns>
    public (long ContactId, bool IsFresh)? Read(string? token) =>
        tokens.TryRead(LinkPurpose.Preferences, token, out var contactId, out var scope) ? (contactId, IsFresh(scope)) : null;

    private bool IsFresh(string scope) => scope is [Mark, ..] && long.TryParse(scope[1..], NumberStyles.None, CultureInfo.InvariantCulture, out var minute)
        && clock.GetUtcNow() - DateTimeOffset.FromUnixTimeSeconds(minute * 60) is var age && age < Fresh && age > -TimeSpan.FromMinutes(5);
}
