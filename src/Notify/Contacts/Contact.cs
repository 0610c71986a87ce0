using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Microsoft.EntityFrameworkCore;
using Notify.Storage;
using Notify.Web;

namespace Notify.Contacts;

/// <summary>A contact point as a row. After an erasure the address is gone and the keyed hash stays, so that a STOP outlives it.</summary>
public sealed class Contact
{
    public long Id { get; init; }

    public required string Hash { get; init; }

    public required Channel Channel { get; init; }

    public string? Address { get; set; }

    /// <summary>The country of a number, ISO 3166; null for mail.</summary>
    public string? Region { get; init; }

    /// <summary>The sender it hears from; null until something was first queued for it.</summary>
    public string? Sender { get; set; }

    public required DateTimeOffset CreatedAt { get; init; }
}

/// <summary>Finds contact points by their keyed hash; the same address is the same row, for ever.</summary>
public sealed class ContactBook(Keys keys)
{
    private readonly byte[] _key = keys.LastingFor("contact hashes 1");

    /// <summary>128 bits of HMAC-SHA256 over channel and canonical address: tells nothing without the key.</summary>
    public string Hash(ContactPoint contact)
    {
        var mac = HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes($"{(int)contact.Channel}:{contact.Key}"));
        return Base64Url.EncodeToString(mac.AsSpan(0, 16));
    }

    /// <summary>The contact's row id, made when new. Holds the row until the transaction ends, so what happens to one contact happens in order.</summary>
    public async Task<long> FindOrAddAsync(Write write, ContactPoint contact) =>
        await write.ScalarAsync<long>("""
            INSERT INTO contacts (hash, channel, address, region, created_at) VALUES (@hash, @channel, @address, NULLIF(@region, ''), @now)
            ON CONFLICT (hash) DO UPDATE SET address = COALESCE(contacts.address, excluded.address)
            RETURNING id
            """,
            ("hash", Hash(contact)), ("channel", contact.Channel), ("address", contact.Value), ("region", contact.Region ?? ""), ("now", await write.NowAsync()));

    /// <summary>The row id of a contact that is known; null when it is not.</summary>
    public async Task<long?> FindAsync(NotifyDb db, ContactPoint contact, CancellationToken cancellationToken)
    {
        var hash = Hash(contact);
        return await db.Contacts.Where(c => c.Hash == hash).Select(c => (long?)c.Id).FirstOrDefaultAsync(cancellationToken);
    }
}

internal static class ContactsSetup
{
    extension(NotifyDb db)
    {
        public DbSet<Contact> Contacts => db.Set<Contact>();

        public DbSet<Whereabouts> Whereabouts => db.Set<Whereabouts>();
    }

    public static void AddContacts(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton<ContactBook>();
        builder.Services.AddSingleton<ContactData>();
        builder.Services.AddSingleton<IExport>(services => services.GetRequiredService<ContactData>());
        builder.Services.AddSingleton<IForget>(services => services.GetRequiredService<ContactData>());
        builder.Services.AddSingleton(new NotifyTable(model =>
        {
            model.Entity<Contact>().ToTable("contacts").HasKey(c => c.Id);
            model.Entity<Whereabouts>().ToTable("whereabouts").HasKey(w => w.Id);
        }));
    }
}
