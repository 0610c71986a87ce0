using System.Text.Json.Nodes;
using Notify.Storage;

namespace Notify.Contacts;

/// <summary>Which contact's data is meant.</summary>
/// <param name="Hash">What it is known by when the address is gone.</param>
public sealed record Person(long ContactId, string Hash, Channel Channel);

/// <summary>Hands out what a folder keeps about a contact, for a reader who asks for it (GDPR, articles 15 and 20).</summary>
public interface IExport
{
    /// <summary>The name under which it stands in the document.</summary>
    string Name { get; }

    /// <summary>Null where there is nothing.</summary>
    Task<JsonNode?> ExportAsync(NotifyDb db, Person person, CancellationToken cancellationToken);
}

/// <summary>
/// Forgets what a folder keeps about a contact, in the transaction of the erasure. What stays is what shows that a stop was heard: the keyed hash, and the
/// entries of the ledger without their personal part.
/// </summary>
public interface IForget
{
    Task ForgetAsync(Write write, Person person);
}
