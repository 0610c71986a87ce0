using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Notify.Contacts;

namespace Notify.Tests.Support;

/// <summary>Audiences that would take too long to sign up one by one.</summary>
internal sealed partial class Newsroom
{
    private int _readers;

    /// <summary>Writes confirmed readers into the database, who take every topic: phone numbers and addresses no two of which are the same.</summary>
    public async Task<(IReadOnlyList<string> Phones, IReadOnlyList<string> Emails)> AddReadersAsync(int byText, int byMail)
    {
        string[] phones = [.. Enumerable.Range(_readers, byText).Select(i => string.Create(CultureInfo.InvariantCulture, $"+1646{5_000_000 + i}"))];
        string[] emails = [.. Enumerable.Range(_readers, byMail).Select(i => string.Create(CultureInfo.InvariantCulture, $"reader{i}@readers.example.com"))];
        _readers += Math.Max(byText, byMail);
        var book = Services.GetRequiredService<ContactBook>();
        await Database.WriteAsync(async write =>
        {
            var now = await write.NowAsync();
            foreach (var address in phones.Concat(emails))
            {
                Assert.True(ContactPoint.TryParse(address, "US", out var contact));
                var id = await book.FindOrAddAsync(write, contact);
                await write.ExecuteAsync("""
                    INSERT INTO subscriptions (contact_id, state, all_topics, breaking_at_night, locale, created_at, confirmed_at)
                    VALUES (@contact, 2, @yes, @no, 'en', @now, @now)
                    """, ("contact", id), ("yes", true), ("no", false), ("now", now));
            }
        }, Cancellation);
        return (phones, emails);
    }
}
