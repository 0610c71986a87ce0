using System.Globalization;
using CsvHelper;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Notify.Contacts;
using Notify.Publication;
using Notify.Storage;
using Notify.Subscribers;
using Notify.Web;

namespace Notify.Verbs;

/// <summary>The demo's readers, as they lie in the repository's <c>seeds/</c> folder, and readers by the thousand for trying things at size.</summary>
internal sealed class Seeds(Imports imports, Database database, SandboxSettings sandbox, IOptions<PublicationOptions> site)
{
    private const string How = "seeds";

    /// <summary>Null where there is no repository, as in a published build.</summary>
    public static string? File(string name) => DataFolder.Solution() is { } root ? Path.Combine(root, "seeds", name) : null;

    /// <summary>Writes the demo readers when nobody has signed up yet.</summary>
    public async Task SeedEmptyAsync(CancellationToken cancellationToken)
    {
        await using var db = database.Read();
        if (!await db.Contacts.AnyAsync(cancellationToken))
        {
            await SeedAsync(cancellationToken);
        }
    }

    /// <summary>Writes the demo readers; those that are there already stay as they are.</summary>
    /// <returns>How many were new.</returns>
    public async Task<int> SeedAsync(CancellationToken cancellationToken) =>
        File("readers.csv") is { } file && System.IO.File.Exists(file) ? await imports.BringAsync(How, Read(file), null, cancellationToken) : 0;

    /// <summary>Adds confirmed readers, half by text, half by mail. Only while everything goes to the local carrier: the numbers could be somebody's.</summary>
    /// <exception cref="InvalidOperationException">The local carrier is off.</exception>
    public async Task<int> SeedManyAsync(int count, IProgress<int> progress, CancellationToken cancellationToken)
    {
        if (!sandbox.IsEnabled)
        {
            throw new InvalidOperationException("seed --readers makes up numbers that may be somebody's, so it only works while Sandbox:Enabled is true.");
        }

        await using var db = database.Read();
        var from = await db.Contacts.CountAsync(cancellationToken);
        return await imports.BringAsync("seeds at size", Enumerable.Range(from, count).Select(Invent), progress, cancellationToken);
    }

    private ImportedReader Invent(int n)
    {
        // +1 200 to +1 999, exchange 555: nobody outside the local carrier is ever told.
        var contact = n % 2 == 0
            ? new ContactPoint(Channel.Text, string.Create(CultureInfo.InvariantCulture, $"+1{200 + (n / 2 / 10_000 % 800):000}555{n / 2 % 10_000:0000}"))
            : new ContactPoint(Channel.Mail, string.Create(CultureInfo.InvariantCulture, $"reader{n}@size.example.com"));
        return new ImportedReader(contact, [], site.Value.Locale, null, SubscriptionState.Active);
    }

    private static List<ImportedReader> Read(string file)
    {
        using var csv = CsvReader.Create(new StreamReader(file), CsvReaderOptions.Default, leaveOpen: false);
        var readers = new List<ImportedReader>();
        while (csv.Read())
        {
            readers.AddRange(new Row(csv.GetString("phone"), csv.GetString("email"), csv.GetString("locale"), csv.GetString("timeZone"), csv.GetString("topics"), csv.GetString("state")).Readers());
        }

        return readers;
    }

    /// <summary>A line of <c>readers.csv</c>: a made-up person on reserved numbers and domains.</summary>
    private sealed record Row(string Phone, string Email, string Locale, string TimeZone, string Topics, string State)
    {
        public IEnumerable<ImportedReader> Readers()
        {
            string[] topics = Topics.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            var state = State switch
            {
                "unconfirmed" => SubscriptionState.Unconfirmed,
                "stopped" => SubscriptionState.Ended,
                _ => SubscriptionState.Active,
            };
            if (Phone.Length > 0)
            {
                yield return new ImportedReader(new ContactPoint(Channel.Text, Phone), topics, Locale, TimeZone, state);
            }

            if (Email.Length > 0)
            {
                yield return new ImportedReader(new ContactPoint(Channel.Mail, Email), topics, Locale, TimeZone, state);
            }
        }
    }
}
