using Microsoft.EntityFrameworkCore;
using Notify.Storage;

namespace Notify.Messages.Templates;

/// <summary>A part of a mail as somebody left it. Revisions are never changed; the newest of a part and language is in use.</summary>
public sealed class PartRevision
{
    public required Guid Id { get; init; }

    /// <summary>The part's name, such as <c>alert</c>.</summary>
    public required string Part { get; init; }

    /// <summary>The readers' language it is for; empty for every language without one of its own.</summary>
    public required string Language { get; init; }

    /// <summary>From 1; null for a draft that was only sent as a test.</summary>
    public int? Revision { get; init; }

    /// <summary>Null: back to what comes with Notify.</summary>
    public string? Html { get; init; }

    public string? Text { get; init; }

    public required DateTimeOffset At { get; init; }

    /// <summary>The operator's address.</summary>
    public required string Who { get; init; }

    internal PartSource? Source => Html is not null && Text is not null ? new PartSource(Html, Text) : null;
}

internal static class TemplatesSetup
{
    extension(NotifyDb db)
    {
        public DbSet<PartRevision> PartRevisions => db.Set<PartRevision>();
    }

    public static void AddMessages(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton<MailTemplates>();
        builder.Services.AddSingleton<TemplateDesk>();
        builder.Services.AddSingleton(new NotifyTable(model =>
        {
            var revisions = model.Entity<PartRevision>().ToTable("mail_templates");
            revisions.HasKey(r => r.Id);
            revisions.Ignore(r => r.Source);
        }));
    }
}
