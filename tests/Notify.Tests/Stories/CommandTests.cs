using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Notify.Storage;
using Notify.Tests.Support;

namespace Notify.Tests.Stories;

/// <summary>The verbs, as processes of their own: what they print, what they leave behind, how they end.</summary>
public sealed class CommandTests(PostgresServer postgres)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory, ClassData<Databases>]
    public async Task The_schema_is_brought_up_to_date_once_and_again(DatabaseProvider database)
    {
        using var folder = new TemporaryFolder();
        string[] settings =
        [
            $"--Data:Folder={folder.Path}", $"--Database:Provider={database}",
            .. database == DatabaseProvider.Postgres ? [$"--Database:ConnectionString={await postgres.CreateDatabaseAsync()}"] : (string[])[],
        ];

        var both = await Task.WhenAll(ChildProcess.NotifyAsync(["migrate", .. settings]), ChildProcess.NotifyAsync(["migrate", .. settings]));
        var again = await ChildProcess.NotifyAsync(["migrate", .. settings]);

        Assert.All([.. both, again], end => Assert.True(end is { ExitCode: 0 } && end.Output.Contains("The database has the newest schema.", StringComparison.Ordinal), end.Output));
    }

    [Fact]
    public async Task A_key_made_at_the_command_line_opens_what_its_scope_says()
    {
        await using var room = await Newsroom.OpenAsync(DatabaseProvider.Sqlite, postgres);

        var made = await ChildProcess.NotifyAsync(["key", "create", "--name", "cms", "--scope", "articles:write", .. room.Arguments]);

        Assert.Equal(0, made.ExitCode);
        Assert.Equal(HttpStatusCode.Created, await PublishAsync(room, made.Output.Trim()));
        Assert.Equal(HttpStatusCode.Unauthorized, await PublishAsync(room, made.Output.Trim() + "x"));
        using var alerts = await LookAsync(room, made.Output.Trim());
        Assert.Equal(HttpStatusCode.Forbidden, alerts.StatusCode);
    }

    [Fact]
    public async Task A_link_made_at_the_command_line_signs_in_once()
    {
        await using var room = await Newsroom.OpenAsync(DatabaseProvider.Sqlite, postgres);

        var made = await ChildProcess.NotifyAsync(["operator", "create", "--email", "ed@example.com", "--role", "editor", .. room.Arguments]);
        var link = new Uri(made.Output.Trim());
        using var first = await room.Public.PostAsync(link, content: null, Token);
        using var second = await room.Public.PostAsync(link, content: null, Token);

        Assert.Equal(0, made.ExitCode);
        Assert.Equal(room.Url.Authority, link.Authority);
        Assert.Equal(("/ops", HttpStatusCode.Redirect), (first.Headers.Location?.ToString(), first.StatusCode));
        Assert.Contains(first.Headers.GetValues("Set-Cookie"), cookie => cookie.Contains("httponly", StringComparison.OrdinalIgnoreCase));
        Assert.Equal(HttpStatusCode.Gone, second.StatusCode);
    }

    [Theory, ClassData<Databases>]
    public async Task The_doctor_is_content_until_somebody_changes_the_ledger(DatabaseProvider database)
    {
        await using var room = await Newsroom.OpenAsync(database, postgres);
        await room.SignUpAndConfirmTextAsync("+12125550143");
        await room.StopAsync();

        var good = await ChildProcess.NotifyAsync(["check", .. room.Arguments]);
        await room.Database.WriteAsync(async write =>
        {
            await write.ExecuteAsync(write.IsPostgres ? "ALTER TABLE consent_entries DISABLE TRIGGER ALL" : "DROP TRIGGER consent_entries_hold");
            await write.ExecuteAsync("UPDATE consent_entries SET how = 'by word of mouth' WHERE position = 2");
        }, Token);
        var bad = await ChildProcess.NotifyAsync(["check", .. room.Arguments]);

        Assert.True(good.ExitCode == 0 && !good.Output.Contains("BAD", StringComparison.Ordinal), good.Output);
        Assert.True(bad.ExitCode == 1, bad.Output);
        Assert.Contains("entry 2", Assert.Single(bad.Output.Split('\n'), line => line.StartsWith("BAD", StringComparison.Ordinal)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("There is no verb 'srve'. The verbs are: serve, migrate, seed, check, key, operator, explain, carrier.", "srve")]
    [InlineData("'migrate' does not take 'twice'", "migrate", "twice")]
    [InlineData("Publication:Nmae is not a setting. Publication knows: Countries, ", "serve", "--Publication:Nmae=Ours")]
    [InlineData("Publication:Nmae is not a setting.", "migrate", "--Publication:Nmae=Ours")]
    [InlineData("BAD   settings: Publication:Nmae is not a setting.", "check", "--Publication:Nmae=Ours")]
    [InlineData("Delivery:MaxAttempts cannot be read as a number.", "check", "--Delivery:MaxAttempts=many")]
    [InlineData("Smtp:Resolver must be the address of a name server", "check", "--Smtp:Resolver=dns.example")]
    [InlineData("Smtp:Relays:0:SendingAddresses must be addresses", "check", "--Smtp:Relays:0:SendingAddresses:0=relay.example")]
    [InlineData("Smtp:Relays:0:From and BounceDomain must make a plain address", "check", "--Smtp:Relays:0:From=rédaction@news.example")]
    [InlineData("Database:ConnectionString is empty.", "migrate", "--Database:Provider=Postgres")]
    [InlineData("Database:ConnectionString is not one that Sqlite understands.", "migrate", "--Database:ConnectionString=nonsense")]
    [InlineData("Failed to connect to 127.0.0.1:1", "serve", "--Database:Provider=Postgres", "--Database:ConnectionString=Host=127.0.0.1;Port=1")]
    [InlineData("need PostgreSQL: set Database:Provider", "serve", "--role", "worker")]
    [InlineData("need PostgreSQL: set Database:Provider", "serve", "--role", "web")]
    [InlineData("There is no scope 'articles:read'.", "key", "create", "--name", "cms", "--scope", "articles:read")]
    [InlineData("That is not a complete e-mail address.", "operator", "create", "--email", "ed", "--role", "editor")]
    public async Task What_cannot_be_done_is_said_in_plain_words(string says, params string[] arguments)
    {
        using var folder = new TemporaryFolder();

        var end = await ChildProcess.NotifyAsync([.. arguments, $"--Data:Folder={folder.Path}", "--environment=Development", "--urls=http://127.0.0.1:0", "--Sandbox:Enabled=false"]);

        Assert.Equal(1, end.ExitCode);
        Assert.Contains(says, end.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", end.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("false", "Ucs2", "Perú: “é” y ç")]
    [InlineData("true", "Gsm7", "Peru: “é” y c")]
    public async Task A_text_is_explained_as_it_would_leave(string fold, string encoding, string normalised)
    {
        await using var child = ChildProcess.Start(["dotnet", NotifyProcess.Binary(), "explain", "text", "Perú: “é” y ç"], new Dictionary<string, string>(StringComparer.Ordinal) { ["Publication__FoldAccents"] = fold });

        Assert.Equal(0, await child.EndsAsync(TimeSpan.FromSeconds(90)));
        var shown = System.Text.Json.JsonDocument.Parse(child.Output).RootElement;
        Assert.Equal((encoding, normalised.Replace('“', '"').Replace('”', '"')), (shown.GetProperty("encoding").GetString(), shown.GetProperty("normalised").GetString()));
    }

    /// <summary>Empty lines, lines of another system, bytes that are no text and very long ones: the answers still stand beside the questions.</summary>
    [Fact]
    public async Task Of_every_line_of_texts_one_line_is_explained()
    {
        const string lines = @"STOP\r\n\r\n\n\377\376 help\n  list  \nSTOP world news\n";
        await using var explain = ChildProcess.Start(["sh", "-c", $"(printf '{lines}'; head -c 100000 /dev/zero | tr '\\0' a; printf '\nno more of these') | dotnet {NotifyProcess.Binary()} explain text - --environment=Development"]);

        var code = await explain.EndsAsync(TimeSpan.FromSeconds(90));

        var readings = explain.Output.Trim().Split('\n').Select(line => JsonDocument.Parse(line).RootElement).ToList();
        Assert.Equal(0, code);
        Assert.Equal(["stop", "none", "none", "help", "list", "stop", "none", "review"], readings.Select(reading => reading.GetProperty("meaning").GetString()));
        Assert.Equal("world-news", readings[5].GetProperty("topic").GetString());
        Assert.All(readings, reading => Assert.Equal(["encoding", "units", "segments", "normalised", "meaning", "topic", "matched"], reading.EnumerateObject().Select(property => property.Name)));
    }

    [Fact]
    public async Task A_mail_that_came_back_is_explained_a_line_a_file()
    {
        const string Mails = "tests/Notify.Tests/Inbound/Returns/Mails/";

        var good = await ChildProcess.NotifyAsync(["explain", "bounce", Mails + "postfix-unknown.eml", Mails + "mbox.eml", Mails + "letter.eml"]);
        var bad = await ChildProcess.NotifyAsync(["explain", "bounce", Mails + "nowhere.eml", Mails + "complaint.eml"]);

        Assert.Equal(0, good.ExitCode);
        Assert.Equal(
            [
                $$"""{"file":"{{Mails}}postfix-unknown.eml","kind":"bounce","recipients":[{"address":"reader@example.org","action":"failed","status":"5.1.1","replyCode":"550","reason":"userunknown","hard":true}]}""",
                $$"""{"file":"{{Mails}}mbox.eml","kind":"bounce","recipients":[{"address":"one@example.org","action":"failed","status":"5.1.1","replyCode":"550","reason":"userunknown","hard":true},{"address":"two@example.org","action":"failed","status":"5.1.1","replyCode":"550","reason":"userunknown","hard":true}]}""",
                $$"""{"file":"{{Mails}}letter.eml","kind":"other","recipients":[]}""",
            ],
            good.Output.Trim().Split('\n'));
        Assert.Equal(1, bad.ExitCode);
        Assert.Contains("nowhere.eml", bad.Output, StringComparison.Ordinal);
        Assert.Contains("""complaint.eml","kind":"complaint","recipients":[{"address":"reader@example.org","action":null,"status":null,"replyCode":null,"reason":"feedback","hard":false}]}""", bad.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_feed_is_explained_in_one_line_of_JSON_and_one_that_is_not_there_too()
    {
        using var folder = new TemporaryFolder();
        var (there, nowhere) = (Path.Combine(folder.Path, "feed.xml"), Path.Combine(folder.Path, "nowhere.xml"));
        await File.WriteAllTextAsync(there, """
            <rss version='2.0' xml:base='https://news.example/'><channel><item><guid>7</guid><title>Dam &amp;amp; river hold</title><link>dam</link>
            <description>All &lt;b&gt;safe&lt;/b&gt;</description><pubDate>Thu, 1 Jan 2026 08:05:00 +0100</pubDate><category>Weather</category></item></channel>
            """, TestContext.Current.CancellationToken);

        var (code, said) = await ChildProcess.NotifyAsync(["explain", "feed", nowhere, there]);

        var lines = said.Trim().Split('\n');
        Assert.Equal(1, code);
        Assert.StartsWith($$"""{"source":"{{nowhere}}","format":"none","items":[],"problems":["Could not find file""", lines[0], StringComparison.Ordinal);
        Assert.Equal(
            $$"""{"source":"{{there}}","format":"RSS 2.0","items":[{"id":"7","link":"https://news.example/dam","title":"Dam & river hold","summary":"All safe","published":"2026-01-01T07:05:00Z","updated":null,"categories":["Weather"]}],"problems":["The markup is broken, first in line 1: <rss> is not closed.","The document is cut off at its end."]}""",
            lines[1]);
    }

    [Fact]
    public async Task Seeding_again_changes_nothing()
    {
        using var folder = new TemporaryFolder();
        string[] settings = [$"--Data:Folder={folder.Path}", "--environment=Development"];

        var first = await ChildProcess.NotifyAsync(["seed", .. settings]);
        var second = await ChildProcess.NotifyAsync(["seed", .. settings]);
        var more = await ChildProcess.NotifyAsync(["seed", "--readers", "51", .. settings]);

        Assert.True(first.ExitCode == 0 && second.ExitCode == 0 && more.ExitCode == 0, first.Output + second.Output + more.Output);
        Assert.Matches("^[1-9][0-9]+ demo readers are new", first.Output);
        Assert.StartsWith("0 demo readers are new", second.Output, StringComparison.Ordinal);
        Assert.Contains("51 more readers are confirmed", more.Output, StringComparison.Ordinal);
    }

    /// <summary>Names and meanings are public.</summary>
    [Theory]
    [InlineData("STOP", """{"encoding":"Gsm7","units":4,"segments":1,"normalised":"STOP","meaning":"stop","topic":null,"matched":"stop"}""")]
    [InlineData("stop sport", """{"encoding":"Gsm7","units":10,"segments":1,"normalised":"stop sport","meaning":"stop","topic":"sport","matched":"stop sport"}""")]
    [InlineData("שלום", """{"encoding":"Ucs2","units":4,"segments":1,"normalised":"שלום","meaning":"none","topic":null,"matched":null}""")]
    public async Task A_text_is_explained_in_one_line_of_JSON(string body, string line)
    {
        var topics = new Dictionary<string, string>(StringComparer.Ordinal) { ["Publication__Topics__0__Key"] = "sport", ["Publication__Topics__0__Name"] = "Sport" };
        await using var child = ChildProcess.Start(["dotnet", NotifyProcess.Binary(), "explain", "text", body, "--locale", "en"], topics);

        Assert.Equal(0, await child.EndsAsync(TimeSpan.FromSeconds(90)));
        Assert.Equal(line, child.Output.Trim());
    }

    [Fact]
    public async Task Texts_are_explained_line_by_line_the_empty_ones_too()
    {
        var end = await ChildProcess.PipeAsync("STOP\n\nno más mensajes\nhelp\nwho is this?\npause 3\nyes\nless\nlist", "explain", "text", "-");

        Assert.Equal(0, end.ExitCode);
        var lines = end.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(line => JsonDocument.Parse(line).RootElement).ToList();
        Assert.Equal(["stop", "none", "stop", "help", "review", "pause", "start", "less", "list"], lines.Select(line => line.GetProperty("meaning").GetString()));
        Assert.Equal((0, 1, ""), (lines[1].GetProperty("units").GetInt32(), lines[1].GetProperty("segments").GetInt32(), lines[1].GetProperty("normalised").GetString()));
        Assert.All(lines, line => Assert.Equal(["encoding", "units", "segments", "normalised", "meaning", "topic", "matched"], line.EnumerateObject().Select(property => property.Name)));
    }

    private static async Task<HttpStatusCode> PublishAsync(Newsroom room, string key)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/articles") { Content = JsonContent.Create(new { url = "https://yid-info.example/cms", title = "From the CMS" }) };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        using var response = await room.Public.SendAsync(request, Token);
        return response.StatusCode;
    }

    private static Task<HttpResponseMessage> LookAsync(Newsroom room, string key)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, $"/api/alerts/{Guid.CreateVersion7()}");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        return room.Public.SendAsync(request, Token);
    }
}
