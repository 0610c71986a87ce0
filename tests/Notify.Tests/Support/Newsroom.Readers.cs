using System.Data.Common;
using System.Globalization;
using System.Net;
using System.Xml.Linq;
using Microsoft.Extensions.DependencyInjection;
using Notify.Contacts;
using Notify.Providers.Twilio;

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

    /// <summary>What lies in the database, for what no address shows.</summary>
    public async Task<IReadOnlyList<T>> QueryAsync<T>(string sql, Func<DbDataReader, T> row)
    {
        await using var connection = await Database.ConnectAsync(Cancellation);
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        await using var reader = await command.ExecuteReaderAsync(Cancellation);
        var rows = new List<T>();
        while (await reader.ReadAsync(Cancellation))
        {
            rows.Add(row(reader));
        }

        return rows;
    }

    /// <summary>A receipt signed as the provider signs it, at a moment the carrier would not choose.</summary>
    public async Task TellAsync(long deliveryId, string sid, string status, int? errorCode = null)
    {
        List<KeyValuePair<string, string>> form = [new("MessageSid", sid), new("MessageStatus", status)];
        if (errorCode is { } code)
        {
            form.Add(new("ErrorCode", code.ToString(CultureInfo.InvariantCulture)));
        }

        var url = new Uri(Url, $"/webhooks/twilio/status/{deliveryId.ToString(CultureInfo.InvariantCulture)}").AbsoluteUri;
        using var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = new FormUrlEncodedContent(form) };
        request.Headers.Add(Signature.Header, Signature.Compute(Token, url, form));
        using var response = await Public.SendAsync(request, Cancellation);
        Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
    }

    /// <summary>A text that comes in, signed as the provider signs it, from and to whatever stands there: what no handset can do.</summary>
    /// <returns>What was answered, and the reply in it; null for silence.</returns>
    public async Task<(HttpStatusCode Status, string? Reply)> TextInAsync(string from, string to, string body, params (string Name, string Value)[] more)
    {
        List<KeyValuePair<string, string>> form =
        [
            new("MessageSid", $"SM{Guid.CreateVersion7():N}"), new("From", from), new("To", to), new("Body", body), .. more.Select(field => KeyValuePair.Create(field.Name, field.Value)),
        ];
        var url = new Uri(Url, "/webhooks/twilio/inbound").AbsoluteUri;
        using var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = new FormUrlEncodedContent(form) };
        request.Headers.Add(Signature.Header, Signature.Compute(Token, url, form));
        using var response = await Public.SendAsync(request, Cancellation);
        var answer = await response.Content.ReadAsStringAsync(Cancellation);
        return (response.StatusCode, response.StatusCode == HttpStatusCode.OK ? XElement.Parse(answer).Element("Message")?.Value : null);
    }
}
