using Notify.Contacts;

namespace Notify.Providers.Twilio;

/// <summary>By what a message reached us.</summary>
internal enum Way
{
    Text,

    /// <summary>
    /// The same phone and the same number, in the same app: opt-outs have been one list over RCS, SMS and MMS since March 2026
    /// (twilio.com/en-us/changelog, "Unified Opt-Outs"), so whatever is said there is said to our texts.
    /// </summary>
    Rcs,

    /// <summary>
    /// A messenger that sits at the same webhook. We never send there. Whoever stops us there has revoked all the same, for no way to revoke is the only
    /// one (47 CFR 64.1200(a)(10)); but an account there may outlive its owner's number, so it can neither confirm a sign-up nor end a stop.
    /// </summary>
    Elsewhere,
}

/// <summary>Who wrote: the number, and by what. Twilio puts the channel in front: <c>rcs:+12125550143</c>, <c>whatsapp:+12125550143</c>, <c>messenger:1234</c>.</summary>
internal sealed record Origin(PhoneNumber Number, Way By)
{
    /// <summary>Null where no number stands behind it: a short code, an agent, an account of a messenger. There is nobody of ours to stop.</summary>
    public static Origin? Of(string from)
    {
        if (PhoneNumber.TryParseAny(from, "ZZ", out var number))
        {
            return new Origin(number, Way.Text);
        }

        return from.Split(':', 2) is [var channel, var person] && PhoneNumber.TryParseAny(person, "ZZ", out number)
            ? new Origin(number, channel.Equals("rcs", StringComparison.OrdinalIgnoreCase) ? Way.Rcs : Way.Elsewhere)
            : null;
    }
}
