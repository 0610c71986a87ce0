using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Notify.Alerts;
using Notify.Contacts;
using Notify.Deliveries;
using Notify.Jobs;
using Notify.Messages.Templates;
using Notify.Publication;
using Notify.Storage;
using Notify.Tests.Support;

namespace Notify.Tests.Messages.Templates;

/// <summary>Editors' templates in the database: which one is used, who changed what, and what happens when one does not work.</summary>
public sealed class MailTemplatesTests(PostgresServer postgres)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory, ClassData<Databases>]
    public async Task A_readers_language_decides_and_what_is_saved_is_used_at_the_next_mail(DatabaseProvider database)
    {
        await using var bench = await Workbench.OpenAsync(database, postgres, settings: ("Publication:PostalAddress", "1 Example Street"));
        var alert = await bench.PublishAsync("A title");
        Assert.Contains("Read the article:", (await MailAsync(bench, alert)).PlainText, StringComparison.Ordinal);
        Assert.Contains("dir=\"rtl\"", (await MailAsync(bench, alert, "he")).Html, StringComparison.Ordinal);

        await SaveAsync(bench, MailPart.Alert, "", Alert("for all"), 0);
        await SaveAsync(bench, MailPart.Alert, "nl", Alert("voor iedereen"), 0);
        await SaveAsync(bench, MailPart.Layout, "he", Layout("בראש"), 0);

        Assert.StartsWith("for all", (await MailAsync(bench, alert)).PlainText, StringComparison.Ordinal);
        Assert.StartsWith("for all", (await MailAsync(bench, alert, "fr")).PlainText, StringComparison.Ordinal);
        // A language Notify has no words in is one a mail can be written in as soon as somebody wrote it.
        Assert.StartsWith("voor iedereen", (await MailAsync(bench, alert, "nl-BE")).PlainText, StringComparison.Ordinal);
        Assert.StartsWith("בראש\nfor all", (await MailAsync(bench, alert, "he")).PlainText, StringComparison.Ordinal);

        await SaveAsync(bench, MailPart.Alert, "", null, 1);
        Assert.Contains("Read the article:", (await MailAsync(bench, alert)).PlainText, StringComparison.Ordinal);
        Assert.StartsWith("voor iedereen", (await MailAsync(bench, alert, "nl")).PlainText, StringComparison.Ordinal);
    }

    [Theory, ClassData<Databases>]
    public async Task Every_revision_is_kept_and_of_two_who_save_at_once_one_is_told(DatabaseProvider database)
    {
        await using var bench = await Workbench.OpenAsync(database, postgres);
        var desk = bench.Get<TemplateDesk>();

        Assert.True(await SaveAsync(bench, MailPart.Alert, "de", Alert("eins"), 0, "ada@example.com"));
        Assert.True(await SaveAsync(bench, MailPart.Alert, "de", Alert("zwei"), 1, "bob@example.com"));
        Assert.False(await SaveAsync(bench, MailPart.Alert, "de", Alert("drei"), 1, "eve@example.com"));
        var draft = await bench.WriteAsync(write => TemplateDesk.KeepDraftAsync(write, MailPart.Alert, "de", Alert("nur ein Versuch"), "ada@example.com"));

        var history = await desk.HistoryAsync(MailPart.Alert, "de", Token);
        Assert.Equal([(2, "bob@example.com"), (1, "ada@example.com")], history.Select(r => (r.Revision!.Value, r.Who)));
        Assert.Equal(Alert("eins"), history[1].Source);
        Assert.Empty(await desk.HistoryAsync(MailPart.Alert, "", Token));
        Assert.Equal(Alert("zwei"), await desk.CurrentAsync(MailPart.Alert, "de", Token));
        Assert.Equal(Alert("nur ein Versuch"), (await desk.DraftAsync(draft, Token))!.Source);
        Assert.Null(await desk.DraftAsync(history[0].Id, Token));
    }

    [Theory, ClassData<Databases>]
    public async Task A_template_that_does_not_work_any_more_is_told_about_and_the_mail_goes_out_all_the_same(DatabaseProvider database)
    {
        await using var bench = await Workbench.OpenAsync(database, postgres);
        var alert = await bench.PublishAsync("A title");
        // As an older version may have let it pass: nothing of this can be saved now.
        foreach (var broken in (PartSource[])[new("{{ article.title", "x"), new("<p>No way out</p>", "x {{ links.unsubscribe }}"), new("{% for i in (1..1000) %}{% for j in (1..1000) %}{% assign a = j %}{% endfor %}{% endfor %}", "x"), new("{{ links.unsubscribe }}" + new string('é', 60_000), "x {{ links.unsubscribe }}")])
        {
            var basedOn = (int)await bench.CountAsync("mail_templates WHERE part = 'layout'");
            await SaveAsync(bench, MailPart.Layout, "", broken with { Html = broken.Html + "{{ content }}", Text = broken.Text + "{{ content }}" }, basedOn);

            var mail = await MailAsync(bench, alert);

            Assert.Contains(mail.UnsubscribeMark!, mail.Html, StringComparison.Ordinal);
            Assert.Contains("Read the article", mail.Html, StringComparison.Ordinal);
            Assert.Equal("mail template alert", Assert.Single(await bench.Get<IAlarm>().OpenAsync(Token)).Name);
        }

        await SaveAsync(bench, MailPart.Layout, "", MailParts.BuiltInOf(MailPart.Layout), 4);
        await MailAsync(bench, alert);
        Assert.Empty(await bench.Get<IAlarm>().OpenAsync(Token));
    }

    [Theory, ClassData<Databases>]
    public async Task A_template_is_made_ready_once_for_all_its_mails_and_languages(DatabaseProvider database)
    {
        await using var bench = await Workbench.OpenAsync(database, postgres);
        var log = new CountedLog();
        using var templates = new MailTemplates(bench.Get<Database>(), bench.Get<IOptionsMonitor<PublicationOptions>>(), bench.Get<IAlarm>(), TimeProvider.System, log);

        await MailsAsync();
        Assert.Equal(["The alert mail was made ready from what comes with Notify, in the layout from what comes with Notify"], log.Lines);

        await SaveAsync(bench, MailPart.Layout, "", Layout("Head"), 0);
        await SaveAsync(bench, MailPart.Alert, "he", Alert("x"), 0);
        log.Lines.Clear();
        await MailsAsync();
        Assert.Equal(
            ["The alert mail was made ready from the editors' own for he, in the layout from the editors' own for every language", "The alert mail was made ready from what comes with Notify, in the layout from the editors' own for every language"],
            log.Lines.Order(StringComparer.Ordinal));

        Task MailsAsync() => Task.WhenAll(Enumerable.Range(0, 5).SelectMany(_ => MailWords.Languages).Select(async language =>
            Assert.Contains("href=", (await templates.RenderAsync(MailPart.Alert, language, chosen => Mails.Sample(MailPart.Alert, chosen), Token)).Html, StringComparison.Ordinal)));
    }

    [Fact]
    public async Task What_may_be_saved_is_asked_of_every_language_it_is_for()
    {
        await using var bench = await Workbench.OpenAsync(DatabaseProvider.Sqlite, postgres);
        var desk = bench.Get<TemplateDesk>();
        var onlyInEnglish = Alert("x") with { Html = "{% if mail.language == 'en' %}<a href=\"{{ links.view }}\">x</a>{% else %}<a href=\"{{ links.confirm }}\">x</a>{% endif %}" };
        var bare = new PartSource("<html><head><title>x</title></head><body>{{ content }}{{ site.postal_address }}</body></html>", "{{ content }} {{ site.postal_address }}");
        var withLink = new PartSource("<a href=\"{{ links.unsubscribe }}\">x</a>", "{{ links.unsubscribe }}");

        Assert.Contains(await FaultsAsync(MailPart.Alert, "", onlyInEnglish), says => says.Contains("There is no links.confirm", StringComparison.Ordinal));
        Assert.Contains(await FaultsAsync(MailPart.Layout, "", bare), says => says.Contains("The unsubscribe link is missing", StringComparison.Ordinal));

        // An alert and a digest that bring the link themselves make a bare layout good - in its language only; and then it cannot be taken back.
        await SaveAsync(bench, MailPart.Alert, "de", withLink, 0);
        await SaveAsync(bench, MailPart.Digest, "de", withLink, 0);
        await SaveAsync(bench, MailPart.Link, "de", new PartSource("<a href=\"{{ links.preferences }}\">x</a>", "{{ links.preferences }}"), 0);
        Assert.Empty(await FaultsAsync(MailPart.Layout, "de", bare));
        Assert.NotEmpty(await FaultsAsync(MailPart.Layout, "", bare));
        await SaveAsync(bench, MailPart.Layout, "de", bare, 0);
        Assert.NotEmpty(await FaultsAsync(MailPart.Alert, "de", await desk.WithoutAsync(MailPart.Alert, "de", Token)));

        async Task<IEnumerable<string>> FaultsAsync(MailPart part, string language, PartSource source) => (await desk.JudgeAsync(part, language, source, Token)).Faults.Select(f => f.ToString());
    }

    [Theory, ClassData<Databases>]
    public async Task Of_one_alert_a_window_holds_the_mails_of_all_its_languages(DatabaseProvider database)
    {
        var sender = Workbench.Mails with { Concurrency = 1 };
        await using var bench = await Workbench.OpenAsync(database, postgres, [Workbench.Texts, sender], new Slow());
        var readers = await bench.AddReadersAsync(6, Channel.Mail);
        foreach (var (reader, locale) in readers.Zip((string[])["he", "en", "he-il", "de", "en", "sw"]))
        {
            await bench.ExecuteAsync("UPDATE subscriptions SET locale = @locale WHERE contact_id = @id", ("locale", locale), ("id", reader));
        }

        var sent = new System.Collections.Concurrent.ConcurrentBag<OutgoingMail>();
        bench.Answers(message =>
        {
            sent.Add((OutgoingMail)message);
            return new SendOutcome.Accepted("id");
        });
        await bench.PublishAsync("A title");
        await bench.RunLaneAsync(sender, stopping: Token);

        var languages = sent.Select(mail => mail.Message.Html.Split("lang=\"")[1][..2]);
        Assert.Equal(["de", "en", "en", "en", "he", "he"], languages.Order(StringComparer.Ordinal));
        // Rendered once for each, also for two kinds of Hebrew; a language without words is one the mail cannot be in.
        Assert.Equal(4, sent.Select(mail => mail.Message).Distinct(ReferenceEqualityComparer.Instance).Count());
        // The publication's own language is not written on each row.
        Assert.Equal(2, await bench.CountAsync("deliveries WHERE locale IS NULL"));
    }

    private static PartSource Alert(string words) => new($"<p>{words}</p>", words);

    private static PartSource Layout(string words) => MailParts.BuiltInOf(MailPart.Layout) is var layout ? layout with { Text = words + "\n" + layout.Text } : layout;

    private static Task<bool> SaveAsync(Workbench bench, MailPart part, string language, PartSource? source, int basedOn, string who = "ada@example.com") =>
        bench.WriteAsync(write => TemplateDesk.SaveAsync(write, part, language, source, basedOn, who));

    private static async Task<CompiledMessage.Mail> MailAsync(Workbench bench, Guid alert, string? locale = null) =>
        (CompiledMessage.Mail)(await bench.Get<IEnumerable<IMessageSource>>().OfType<AlertMessages>().Single().CompileAsync(new Wanted(alert, Channel.Mail, Locale: locale), Token))!;

    private sealed class CountedLog : ILogger<MailTemplates>
    {
        public System.Collections.Concurrent.ConcurrentBag<string> Lines { get; } = [];

        public bool IsEnabled(LogLevel logLevel) => true;

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => Lines.Add(formatter(state, exception));
    }

    /// <summary>A hundredth of the time seems to pass, so that a busy machine renders nothing anew.</summary>
    private sealed class Slow : TimeProvider
    {
        public override long GetTimestamp() => base.GetTimestamp() / 100;
    }
}
