using System.Text.Json.Nodes;
using Notify.Consent;
using Notify.Contacts;
using Notify.Storage;

namespace Notify.Subscribers;

/// <summary>A reader's own data: handed out, or forgotten.</summary>
internal sealed class Erasure(Database database, Subscriptions subscriptions, IEnumerable<IExport> exports, IEnumerable<IForget> forgets)
{
    /// <summary>Everything that is kept about a contact, as one document.</summary>
    public async Task<JsonObject> ExportAsync(Person person, CancellationToken cancellationToken)
    {
        await using var db = database.Read();
        var document = new JsonObject { ["madeAt"] = await database.NowAsync(cancellationToken) };
        foreach (var export in exports)
        {
            if (await export.ExportAsync(db, person, cancellationToken) is { } part)
            {
                document[export.Name] = part;
            }
        }

        return document;
    }

    /// <summary>A stop, and then nothing more of who it was. The contact's row is the caller's.</summary>
    public async Task EraseAsync(Write write, Person person, string how)
    {
        await subscriptions.StopAsync(write, person.ContactId, person.Hash, person.Channel, ConsentKind.Erased, how, "erased", new ConsentEvidence());
        foreach (var forget in forgets)
        {
            await forget.ForgetAsync(write, person);
        }
    }
}
