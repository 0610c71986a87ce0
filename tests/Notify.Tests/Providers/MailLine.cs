using System.Collections.Concurrent;
using Notify.Deliveries;

namespace Notify.Tests.Providers;

/// <summary>Mails to hand over one after the other, as a lane's worker has them; what came of each is told to it.</summary>
/// <param name="addresses">Who they are for.</param>
internal sealed class MailLine(params string[] addresses) : ILine
{
    private readonly Queue<string> _left = new(addresses);

    public Dictionary<string, List<SendOutcome>> Outcomes { get; } = addresses.ToDictionary(address => address, _ => new List<SendOutcome>(), StringComparer.Ordinal);

    /// <summary>What is not wanted any more when it is asked about.</summary>
    public HashSet<string> Withdrawn { get; } = new(StringComparer.Ordinal);

    /// <summary>In the order they were asked about.</summary>
    public ConcurrentQueue<string> Asked { get; } = new();

    public string Text { get; init; } = "Hello";

    /// <summary>The one outcome of a mail, by its name.</summary>
    public string this[string address] => Assert.Single(Outcomes[address]).GetType().Name;

    public Task<ITurn?> NextAsync() => Task.FromResult<ITurn?>(Next());

    public ValueTask<ITurn?> NextNowAsync() => new(Next());

    private Turn? Next() => _left.TryDequeue(out var address) ? new Turn(this, SmtpUnderTest.Mail(address, Text)) : null;

    private sealed class Turn(MailLine line, OutgoingMail mail) : ITurn
    {
        public Outgoing Message => mail;

        public ValueTask<bool> IsWantedAsync()
        {
            line.Asked.Enqueue(mail.Address);
            return new(!line.Withdrawn.Contains(mail.Address));
        }

        public void Came(SendOutcome outcome) => line.Outcomes[mail.Address].Add(outcome);
    }
}
