using System.Net;
using Notify.Inbound;
using Notify.Storage;
using Notify.Tests.Support;

namespace Notify.Tests.Stories;

/// <summary>Texts that come by another channel than texts: over RCS the reader is the same, in a messenger only a stop counts.</summary>
public sealed class ChannelStories(PostgresServer postgres)
{
    private const string Phone = "+12125550143";
    private const string Agent = "rcs:yid_info_agent";
    private const string Service = "MG0123456789abcdef0123456789abcdef";

    [Theory, ClassData<Databases>]
    public async Task A_stop_over_RCS_ends_every_text_to_the_number(DatabaseProvider database)
    {
        await using var room = await Newsroom.OpenAsync(database, postgres);
        await room.SignUpAndConfirmTextAsync(Phone);
        var before = await room.TextsAsync(Phone);

        var (status, reply) = await room.TextInAsync("rcs:" + Phone, Agent, "STOP");
        var shown = await room.FinishedAsync(await room.PublishAsync("Kim offers support"));

        // The provider answers the keywords it knows to an agent; a second answer would only be refused by its list.
        Assert.Equal((HttpStatusCode.OK, null), (status, reply));
        Assert.Equal(0, shown.Counts.Sent);
        Assert.Equal(before, await room.TextsAsync(Phone));
        Assert.Equal([Agent], await room.QueryAsync($"SELECT recipient FROM inbox WHERE read_as = {(int)Keyword.Stop}", row => row.GetString(0)));
    }

    /// <summary>Two readers say the same to the same messaging service, one by text and one over RCS.</summary>
    [Theory, ClassData<Databases>]
    public async Task Whatever_is_said_over_RCS_is_read_and_answered_like_a_text(DatabaseProvider database)
    {
        await using var room = await Newsroom.OpenAsync(database, postgres,
            ("Twilio:Senders:0:Name", "texts"), ("Twilio:Senders:0:MessagingServiceSid", Service), ("Twilio:Senders:0:SegmentsPerSecond", "100"), ("Twilio:Senders:0:KeywordReplies", "Provider"));
        string[] words = ["STOP", "please stop texting me", "stpo", "wrong number", "START", "HELP", "list", "less", "pause 3", "who is this", "great story"];
        var (phones, _) = await room.AddReadersAsync(byText: 2 * words.Length, byMail: 0);

        for (var i = 0; i < words.Length; i++)
        {
            var byText = await room.TextInAsync(phones[2 * i], "+15005550006", words[i], ("MessagingServiceSid", Service));
            var overRcs = await room.TextInAsync("rcs:" + phones[(2 * i) + 1], Agent, words[i], ("MessagingServiceSid", Service));
            Assert.Equal(byText, overRcs);
        }

        var read = await room.QueryAsync("""
            SELECT c.address, i.read_as, i.recipient, s.state, (SELECT count(*) FROM suppressions p WHERE p.contact_id = c.id)
            FROM inbox i JOIN contacts c ON c.id = i.contact_id JOIN subscriptions s ON s.contact_id = c.id ORDER BY c.address
            """, row => (Phone: row.GetString(0), Is: (row.GetInt32(1), row.GetString(2), row.GetInt32(3), row.GetInt64(4))));
        Assert.Equal(phones, read.Select(line => line.Phone));
        Assert.All(Enumerable.Range(0, words.Length), i => Assert.Equal((words[i], read[2 * i].Is), (words[i], read[(2 * i) + 1].Is)));
        Assert.Equal(4, read.Count(line => line.Is.Item1 == (int)Keyword.Stop) / 2);
    }

    [Theory, ClassData<Databases>]
    public async Task Who_stopped_comes_back_over_RCS_and_a_sign_up_is_confirmed_there(DatabaseProvider database)
    {
        await using var room = await Newsroom.OpenAsync(database, postgres);
        await room.SignUpAsync(Phone);
        await room.EventuallyAsync(async () => (await room.TextsAsync(Phone)).Count == 1, "the number is asked to confirm");
        await room.TextInAsync("rcs:" + Phone, Agent, "Y");
        await room.FinishedAsync(await room.PublishAsync("First"));
        await room.ReplyAsync(Phone, "STOP");
        await room.FinishedAsync(await room.PublishAsync("While away"));

        await room.TextInAsync("rcs:" + Phone, Agent, "START");
        await room.FinishedAsync(await room.PublishAsync("Kim offers support"));

        var texts = await room.TextsAsync(Phone);
        Assert.Contains(texts, text => text.Contains("First", StringComparison.Ordinal));
        Assert.DoesNotContain(texts, text => text.Contains("While away", StringComparison.Ordinal));
        Assert.Contains("Kim offers support", texts[^1], StringComparison.Ordinal);
    }

    [Theory, ClassData<Databases>]
    public async Task In_a_messenger_a_stop_is_a_stop_and_nothing_else_is_done(DatabaseProvider database)
    {
        await using var room = await Newsroom.OpenAsync(database, postgres);
        var (phones, _) = await room.AddReadersAsync(byText: 5, byMail: 0);
        await room.ReplyAsync(phones[3], "STOP");

        var answers = new[]
        {
            await room.TextInAsync("whatsapp:" + phones[0], "whatsapp:+14155238886", "STOP"),
            await room.TextInAsync("viber:" + phones[1], "viber:yid-info", "please take me off your list"),
            await room.TextInAsync("whatsapp:" + phones[2], "whatsapp:+14155238886", "pause"),
            await room.TextInAsync("whatsapp:" + phones[3], "whatsapp:+14155238886", "START"),
            await room.TextInAsync("whatsapp:" + phones[3], "whatsapp:+14155238886", "START", ("OptOutType", "START")),
            await room.TextInAsync("whatsapp:" + phones[4], "whatsapp:+14155238886", "HELP"),
        };
        var shown = await room.FinishedAsync(await room.PublishAsync("Kim offers support"));

        Assert.All(answers, answer => Assert.Equal((HttpStatusCode.OK, null), answer));
        Assert.Equal(1, shown.Counts.Sent);
        Assert.Contains("Kim offers support", Assert.Single(await room.TextsAsync(phones[4])), StringComparison.Ordinal);
        // A pause would end by itself: a person reads it first.
        Assert.Equal([(int)Keyword.Review], await room.QueryAsync($"SELECT i.read_as FROM inbox i JOIN contacts c ON c.id = i.contact_id WHERE c.address = '{phones[2]}'", row => row.GetInt32(0)));
    }

    [Theory, ClassData<Databases>]
    public async Task Where_no_number_stands_behind_it_there_is_nobody_to_stop(DatabaseProvider database)
    {
        await using var room = await Newsroom.OpenAsync(database, postgres);

        foreach (var from in (string[])["rcs:yid_info_agent", "messenger:12125550143", "whatsapp:US.13491208655302741918", "rcs:", ":", "+", "55555", "rcs:whatsapp:+12125550143"])
        {
            Assert.Equal((HttpStatusCode.OK, null), await room.TextInAsync(from, Agent, "STOP"));
        }

        Assert.Equal(0, (await room.QueryAsync("SELECT count(*) FROM contacts", row => row.GetInt64(0)))[0]);
    }
}
