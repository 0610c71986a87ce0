using System.Collections.Concurrent;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Notify.Jobs;
using Notify.Publication;
using Notify.Storage;

namespace Notify.Messages.Templates;

/// <summary>
/// Renders mails with the editors' templates, and with what comes with Notify where there are none. A template is made ready once; that another
/// node has saved a newer one is seen at the next mail.
/// </summary>
internal sealed partial class MailTemplates(Database database, IOptionsMonitor<PublicationOptions> site, IAlarm alarm, TimeProvider clock, ILogger<MailTemplates> logger) : IDisposable
{
    /// <summary>A mail takes a millisecond; on a busy machine one may be left waiting for the processor.</summary>
    private static readonly TimeSpan MostTime = TimeSpan.FromSeconds(10);

    private readonly SemaphoreSlim _loading = new(1, 1);

    private volatile Shelf _shelf = new(-1, new Dictionary<(MailPart, string), PartSource>(), _ => { });

    /// <param name="locale">The reader's language; null: the publication's.</param>
    /// <param name="values">Given the language the mail is written in.</param>
    public async Task<RenderedMail> RenderAsync(MailPart part, string? locale, Func<string, MailValues> values, CancellationToken cancellationToken)
    {
        var shelf = await ShelfAsync(cancellationToken);
        var language = shelf.LanguageFor(part, locale, site.CurrentValue.Locale);
        var filled = values(language);
        try
        {
            return Whole(await shelf.Ready(part, language).RenderAsync(filled, Budget()), filled.Unsubscribe);
        }
        catch (Exception e) when (shelf.IsOwn(part, language))
        {
            // Checked when it was saved; what it was checked with may have changed since.
            LogBroken(e, MailParts.NameOf(part), language);
            if (shelf.Told.TryAdd((part, language), true))
            {
                await alarm.RaiseAsync(AlarmOf(part), $"The {MailParts.NameOf(part)} mail in \"{language}\" could not be rendered with your own templates; it goes out with the one that comes with Notify. "
                    + "Open Templates in the console and save them once more: what is wrong is said there.", cancellationToken);
            }

            return await shelf.BuiltIn(part).RenderAsync(filled, Budget());
        }
    }

    /// <summary>What was looked at when it was saved and may have changed with the publication's settings since.</summary>
    /// <exception cref="InvalidOperationException">The way out is missing, or would be cut off.</exception>
    private static RenderedMail Whole(RenderedMail mail, string? unsubscribe)
    {
        if (unsubscribe is not null && !(Has(mail.Html) && Has(mail.Text)))
        {
            throw new InvalidOperationException("The unsubscribe link is missing.");
        }

        return MailSize.Of(mail.Html) <= MailSize.Most ? mail : throw new InvalidOperationException($"It has more than {MailSize.Say(MailSize.Most)}.");

        // The link to choose begins like the one to leave.
        bool Has(string text) => text.Replace(unsubscribe + MailValues.BehindUnsubscribe, "", StringComparison.Ordinal).Contains(unsubscribe, StringComparison.Ordinal);
    }

    public void Dispose() => _loading.Dispose();

    private Liquid.Budget Budget() => new(clock, MostTime);

    private void SayReady(Recipe made)
    {
        if (logger.IsEnabled(LogLevel.Information))
        {
            var (part, content, layout) = (MailParts.NameOf(made.Part), Say(made.Content), Say(made.Layout));
            LogReady(part, content, layout);
        }
    }

    private static string Say(string? language) => language switch
    {
        null => "what comes with Notify",
        "" => "the editors' own for every language",
        _ => $"the editors' own for {language}",
    };

    private static string AlarmOf(MailPart part) => $"mail template {MailParts.NameOf(part)}";

    internal async Task<Shelf> ShelfAsync(CancellationToken cancellationToken)
    {
        var shelf = _shelf;
        await using var db = database.Read();
        var revisions = db.PartRevisions;
        // Each saving makes it larger by at least one.
        var state = await revisions.SumAsync(r => (long?)r.Revision, cancellationToken) ?? 0;
        if (state == shelf.State)
        {
            return shelf;
        }

        // All senders of all lanes come here at once after a template was saved, and it is to be made ready once.
        await _loading.WaitAsync(cancellationToken);
        try
        {
            return _shelf.State >= state ? _shelf : _shelf = await LoadAsync(db, state, isFirst: _shelf.State < 0, cancellationToken);
        }
        finally
        {
            _loading.Release();
        }
    }

    private async Task<Shelf> LoadAsync(NotifyDb db, long state, bool isFirst, CancellationToken cancellationToken)
    {
        var revisions = db.PartRevisions;
        var newest = await revisions.AsNoTracking().Where(r => r.Revision != null && !revisions.Any(other => other.Part == r.Part && other.Language == r.Language && other.Revision > r.Revision)).ToListAsync(cancellationToken);
        var sources = newest.Where(r => r.Source is not null && Enum.TryParse<MailPart>(r.Part, ignoreCase: true, out _))
            .ToDictionary(r => (Enum.Parse<MailPart>(r.Part, ignoreCase: true), r.Language), r => r.Source!);
        if (!isFirst)
        {
            // Whatever was wrong is said again if it still is.
            foreach (var part in Enum.GetValues<MailPart>())
            {
                await alarm.ClearAsync(AlarmOf(part), cancellationToken);
            }
        }

        return new Shelf(state, sources, SayReady);
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The {Part} mail in {Language} could not be rendered with the editors' templates; the one that comes with Notify was used")]
    private partial void LogBroken(Exception exception, string part, string language);

    [LoggerMessage(Level = LogLevel.Information, Message = "The {Part} mail was made ready from {Content}, in the layout from {Layout}")]
    private partial void LogReady(string part, string content, string layout);

    /// <summary>What is in use at a moment.</summary>
    /// <param name="state">Another one means that something was saved since.</param>
    internal sealed class Shelf(long state, IReadOnlyDictionary<(MailPart Part, string Language), PartSource> own, Action<Recipe> made)
    {
        /// <summary>Made ready by whoever comes first; one that cannot be is not tried again.</summary>
        private readonly ConcurrentDictionary<Recipe, Lazy<CompiledTemplate>> _ready = new();

        public long State => state;

        /// <summary>What an alarm was raised for.</summary>
        public ConcurrentDictionary<(MailPart, string), bool> Told { get; } = new();

        public bool Has(MailPart part, string language) => own.ContainsKey((part, language));

        public IEnumerable<string> OwnLanguages => own.Keys.Select(key => key.Language).Where(language => language.Length > 0);

        public string LanguageFor(MailPart part, string? locale, string publication) =>
            MailWords.Choose(locale, publication, language => MailWords.Has(language) || Has(part, language));

        public PartSource Of(MailPart part, string language) => SourceOf(part, OwnFor(part, language));

        /// <summary>What would be in use without the one of that language.</summary>
        public PartSource Without(MailPart part, string language) => language.Length > 0 ? Of(part, "") : MailParts.BuiltInOf(part);

        public bool IsOwn(MailPart part, string language) => RecipeFor(part, language) != new Recipe(part, null, null);

        public CompiledTemplate Ready(MailPart part, string language) => Ready(RecipeFor(part, language));

        public CompiledTemplate BuiltIn(MailPart part) => Ready(new Recipe(part, null, null));

        /// <summary>Once for what it is made of: languages that share a template share what is ready.</summary>
        private CompiledTemplate Ready(Recipe recipe) => _ready.GetOrAdd(recipe, wanted => new Lazy<CompiledTemplate>(() =>
        {
            made(wanted);
            return CompiledTemplate.Compile(SourceOf(MailPart.Layout, wanted.Layout), SourceOf(wanted.Part, wanted.Content), out var faults)
                ?? throw new InvalidOperationException(string.Join(' ', faults.Select(fault => fault.ToString())));
        })).Value;

        private Recipe RecipeFor(MailPart part, string language) => new(part, OwnFor(part, language), OwnFor(MailPart.Layout, language));

        private string? OwnFor(MailPart part, string language) => Has(part, language) ? language : Has(part, "") ? "" : null;

        private PartSource SourceOf(MailPart part, string? language) => language is null ? MailParts.BuiltInOf(part) : own[(part, language)];
    }

    /// <summary>What a mail is made of.</summary>
    /// <param name="Content">The language of the editors' own part, empty for every language; null: what comes with Notify.</param>
    /// <param name="Layout">The same of the layout around it.</param>
    internal readonly record struct Recipe(MailPart Part, string? Content, string? Layout);
}
