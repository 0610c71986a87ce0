using System.Text;

namespace Notify.Tests.Providers.MailServices;

/// <summary>A vendor who signs nothing and brings a secret along.</summary>
internal abstract class SecretVoice : MailServiceVoice
{
    public override string Secret => "one secret of sixteen and more";

    public override string OtherSecret => "another: with a colon in it";

    public override string StrangersSecret => "a secret of somebody else";

    public override TimeSpan? Repeats => null;

    public override bool SignsTheBody => false;

    public override Call Prove(string content, string secret, DateTimeOffset at) =>
        // As the password in the address comes, and as a token does; whichever the vendor is told.
        new(Encoding.UTF8.GetBytes(content), [("Authorization", content.Length % 2 == 0 ? Basic($"notify:{secret}") : $"bearer {secret}")]);

    public override IEnumerable<(string What, Call Call)> Forgeries(string content, DateTimeOffset now)
    {
        foreach (var given in new[] { Secret, "Bearer", "Bearer ", "Basic", "Basic !", Basic(""), Basic(":"), Basic(Secret[..^1]), "Digest " + Secret, $"Bearer {Secret}x", Basic($"{Secret}:x") })
        {
            yield return ($"with {given.Split(' ')[0]} {given.Length}", new Call(Encoding.UTF8.GetBytes(content), [("Authorization", given)]));
        }
    }

    private static string Basic(string pair) => "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes(pair));
}
