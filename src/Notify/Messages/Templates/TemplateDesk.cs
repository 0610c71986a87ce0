using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Notify.Publication;
using Notify.Storage;

namespace Notify.Messages.Templates;

/// <summary>What became of looking at a part.</summary>
/// <param name="Octets">Of the HTML with an ordinary article.</param>
/// <param name="MostOctets">Of the HTML with the longest one.</param>
public sealed record PartVerdict(IReadOnlyList<TemplateFault> Faults, int Octets, int MostOctets)
{
    public bool IsGood => Faults.Count == 0;
}

/// <summary>Where editors change mails: what is there, how it looks, whether it may be saved, who changed it when.</summary>
internal sealed class TemplateDesk(Database database, MailTemplates templates, IOptionsMonitor<PublicationOptions> site, TimeProvider clock)
{
    /// <summary>A mail takes a millisecond.</summary>
    private static readonly TimeSpan MostTime = TimeSpan.FromSeconds(1);

    /// <summary>A test is in its mailbox within minutes.</summary>
    private static readonly TimeSpan DraftLife = TimeSpan.FromDays(7);

    /// <summary>The newest first.</summary>
    public async Task<IReadOnlyList<PartRevision>> HistoryAsync(MailPart part, string language, CancellationToken cancellationToken)
    {
        await using var db = database.Read();
        var name = MailParts.NameOf(part);
        return await db.PartRevisions.AsNoTracking().Where(r => r.Part == name && r.Language == language && r.Revision != null).OrderByDescending(r => r.Revision).Take(50).ToListAsync(cancellationToken);
    }

    /// <summary>What a reader of a language gets now; empty: of a language without a part of its own.</summary>
    public async Task<PartSource> CurrentAsync(MailPart part, string language, CancellationToken cancellationToken) => (await templates.ShelfAsync(cancellationToken)).Of(part, language);

    /// <summary>What they would get without the part of that language.</summary>
    public async Task<PartSource> WithoutAsync(MailPart part, string language, CancellationToken cancellationToken) => (await templates.ShelfAsync(cancellationToken)).Without(part, language);

    /// <summary>The languages mails can be written in.</summary>
    public async Task<IReadOnlyList<string>> LanguagesAsync(CancellationToken cancellationToken) => Known(await templates.ShelfAsync(cancellationToken));

    /// <summary>Whether a part may be saved: looked at by itself, and rendered in every language it is for, with articles that have much and little.</summary>
    public async Task<PartVerdict> JudgeAsync(MailPart part, string language, PartSource source, CancellationToken cancellationToken)
    {
        var alone = Alone(part, source);
        if (alone.Count > 0)
        {
            return new PartVerdict(alone, 0, 0);
        }

        var shelf = await templates.ShelfAsync(cancellationToken);
        string[] languages = language.Length > 0 ? [language] : [.. Known(shelf).Where(reader => !shelf.Has(part, reader))];
        MailPart[] mails = part == MailPart.Layout ? [.. Enum.GetValues<MailPart>().Where(mail => mail != MailPart.Layout)] : [part];
        var trial = new TemplateTrial(site.CurrentValue);
        foreach (var mail in mails)
        {
            foreach (var reader in languages)
            {
                var (layout, content) = part == MailPart.Layout ? (source, shelf.Of(mail, reader)) : (shelf.Of(MailPart.Layout, reader), source);
                await trial.TryAsync(mail, reader, layout, content, () => new Liquid.Budget(clock, MostTime));
            }
        }

        return new PartVerdict(trial.Faults, trial.Octets, trial.MostOctets);
    }

    /// <summary>A mail as it would look with this part, in one language; null while it cannot be rendered.</summary>
    public async Task<RenderedMail?> PreviewAsync(MailPart part, string reader, PartSource source, MailValues values, CancellationToken cancellationToken)
    {
        if (Alone(part, source).Count > 0)
        {
            return null;
        }

        var shelf = await templates.ShelfAsync(cancellationToken);
        var (layout, content) = part == MailPart.Layout ? (source, shelf.Of(MailPart.Alert, reader)) : (shelf.Of(MailPart.Layout, reader), source);
        try
        {
            return CompiledTemplate.Compile(layout, content, out _) is { } compiled ? await compiled.RenderAsync(values, new Liquid.Budget(clock, MostTime)) : null;
        }
        catch (RunawayException)
        {
            return null;
        }
    }

    /// <summary>Puts a part to use. The caller has judged it.</summary>
    /// <param name="source">Null: what comes with Notify.</param>
    /// <param name="basedOn">The revision the editor began with; 0 for none.</param>
    /// <returns>False when somebody else saved meanwhile.</returns>
    public static async Task<bool> SaveAsync(Write write, MailPart part, string language, PartSource? source, int basedOn, string who) =>
        await AddAsync(write, part, language, basedOn + 1, source, who) is not null;

    /// <summary>Keeps what is to be sent as a test; it is never in use.</summary>
    /// <param name="reader">The language it is shown in.</param>
    public static async Task<Guid> KeepDraftAsync(Write write, MailPart part, string reader, PartSource source, string who)
    {
        await write.ExecuteAsync("DELETE FROM mail_templates WHERE revision IS NULL AND at < @before", ("before", await write.NowAsync() - DraftLife));
        return await AddAsync(write, part, reader, null, source, who) ?? throw new InvalidOperationException("A draft has a name of its own.");
    }

    public async Task<PartRevision?> DraftAsync(Guid id, CancellationToken cancellationToken)
    {
        await using var db = database.Read();
        return await db.PartRevisions.AsNoTracking().FirstOrDefaultAsync(r => r.Id == id && r.Revision == null, cancellationToken);
    }

    private string[] Known(MailTemplates.Shelf shelf) =>
        [.. MailWords.Languages.Append(Web.Languages.PrimaryOf(site.CurrentValue.Locale)).Concat(shelf.OwnLanguages).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];

    private static async Task<Guid?> AddAsync(Write write, MailPart part, string language, int? revision, PartSource? source, string who)
    {
        var now = await write.NowAsync();
        var id = Guid.CreateVersion7(now);
        return await write.ExecuteAsync("""
            INSERT INTO mail_templates (id, part, language, revision, html, text, at, who) VALUES (@id, @part, @language, @revision, @html, @text, @now, @who)
            ON CONFLICT (part, language, revision) DO NOTHING
            """,
            ("id", id), ("part", MailParts.NameOf(part)), ("language", language), ("revision", revision), ("html", source?.Html), ("text", source?.Text), ("now", now), ("who", who)) == 1 ? id : null;
    }

    internal static List<TemplateFault> Alone(MailPart part, PartSource source)
    {
        var faults = LiquidRules.Judge(source.Html, TemplateFault.Html, part).Concat(LiquidRules.Judge(source.Text, TemplateFault.Text, part)).ToList();
        if (!faults.Exists(fault => fault.Where == TemplateFault.Html))
        {
            faults.AddRange(MarkupRules.Judge(source.Html, isWhole: part == MailPart.Layout));
        }

        return faults;
    }
}
