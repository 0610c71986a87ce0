using Notify.Storage;
using Notify.Tests.Support;

namespace Notify.Tests.Stories;

/// <summary>A newsroom that writes with accents and pays for none: whatever leaves as a text is folded, mail is not.</summary>
public sealed class AccentStories(PostgresServer postgres)
{
    private const string Phone = "+12125550143";
    private const string Email = "reader@example.com";

    [Theory, ClassData<Databases>]
    public async Task Confirmations_alerts_and_answers_are_folded_and_mail_is_not(DatabaseProvider database)
    {
        await using var room = await Newsroom.OpenAsync(database, postgres, ("Publication:Name", "El Díario"), ("Publication:FoldAccents", "true"), ("Publication:SupportContact", "ayuda@díario.example"));
        await room.SignUpAndConfirmTextAsync(Phone);
        await room.SignUpAndConfirmMailAsync(Email);
        await room.FinishedAsync(await room.PublishAsync("Perú y São Paulo", "https://yid-info.example/1"));
        await room.FinishedAsync(await room.PublishAsync("Perú y Россия", "https://yid-info.example/2"));
        await room.ReplyAsync(Phone, "HELP");

        var texts = await room.TextsAsync(Phone);
        Assert.Equal(5, texts.Count);
        Assert.StartsWith("El Diario: Reply Y", texts[0], StringComparison.Ordinal);
        Assert.StartsWith("El Diario: Thanks", texts[1], StringComparison.Ordinal);
        Assert.Equal("El Diario: Peru y Sao Paulo https://yid-info.example/1 STOP to end", texts[2]);
        Assert.Equal("El Díario: Perú y Россия https://yid-info.example/2 STOP to end", texts[3]);
        // An address would lead elsewhere, so nothing beside it is gained.
        Assert.Contains("El Díario", texts[4], StringComparison.Ordinal);
        Assert.Contains("ayuda@díario.example", texts[4], StringComparison.Ordinal);
        Assert.Equal(["Perú y São Paulo", "Perú y Россия"], (await room.MailsAsync(Email)).Skip(1).Select(mail => mail.Subject));
    }
}
