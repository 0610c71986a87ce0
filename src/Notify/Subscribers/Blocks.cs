using Notify.Consent;
using Notify.Contacts;
using Notify.Storage;

namespace Notify.Subscribers;

/// <summary>
/// Mail addresses that a mail which came back has closed, and the person who knows better: the mailbox is there again, the report was wrong. Only what a
/// machine said is taken back here, never a reader's own word; and never a number's, whose provider keeps a list that follows the reader.
/// </summary>
internal sealed class Blocks(Database database, Ledger ledger)
{
    /// <summary>A stop of the reader's own ends the subscription, so whoever still has one has not left.</summary>
    private const string Liftable = """
        SELECT c.hash, c.address FROM suppressions p JOIN consent_entries e ON e.id = p.entry_id JOIN subscriptions s ON s.contact_id = p.contact_id
        JOIN contacts c ON c.id = p.contact_id
        WHERE p.contact_id = @contact AND p.scope = '' AND e.kind = 8 AND s.state = 2 AND c.channel = 2
        """;

    public Task<bool> MayBeLiftedAsync(long contactId, CancellationToken cancellationToken) =>
        database.WriteAsync(async write => (await FindAsync(write, contactId)).Count == 1, cancellationToken);

    /// <param name="contactId">The address's row.</param>
    /// <param name="note">Why; kept in the ledger.</param>
    /// <param name="who">The operator.</param>
    /// <param name="alongside">What else belongs into the transaction.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>False where there is nothing that may be lifted.</returns>
    public Task<bool> LiftAsync(long contactId, string? note, string who, Func<Write, Task> alongside, CancellationToken cancellationToken) =>
        database.WriteAsync(async write =>
        {
            if (write.IsPostgres)
            {
                // What happens to one contact happens in order.
                await write.ExecuteAsync("SELECT id FROM contacts WHERE id = @id FOR UPDATE", ("id", contactId));
            }

            if (await FindAsync(write, contactId) is not [var (hash, address)])
            {
                return false;
            }

            await Suppressions.LiftAsync(write, contactId, Suppressions.Everything);
            await ledger.AppendAsync(write, ConsentKind.Unblocked, hash, Channel.Mail, "a person",
                new ConsentEvidence { Address = address, Note = string.IsNullOrWhiteSpace(note) ? null : note.Trim(), Operator = who });
            await alongside(write);
            return true;
        }, cancellationToken);

    private static Task<List<(string Hash, string? Address)>> FindAsync(Write write, long contactId) =>
        write.QueryAsync(Liftable, row => (row.GetString(0), row.Text(1)), ("contact", contactId));
}
