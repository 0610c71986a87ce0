using Fluid;

namespace Notify.Messages.Templates;

/// <summary>A mail's two parts before its recipient's links are spliced in.</summary>
public sealed record RenderedMail(string Subject, string Html, string Text);

/// <summary>A layout with a mail in it, made ready to be rendered often: one document, its styles in their places, read by the engine.</summary>
internal sealed class CompiledTemplate
{
    private readonly IFluidTemplate _html;
    private readonly IFluidTemplate _text;

    private CompiledTemplate(IFluidTemplate html, IFluidTemplate text) => (_html, _text) = (html, text);

    /// <summary>Both parts were judged, each for itself.</summary>
    /// <returns>Null when they do not go together.</returns>
    public static CompiledTemplate? Compile(PartSource layout, PartSource content, out IReadOnlyList<TemplateFault> faults)
    {
        var found = new List<TemplateFault>();
        faults = found;
        var (html, text) = (Compose(layout.Html, content.Html, TemplateFault.Html, found), Compose(layout.Text, content.Text, TemplateFault.Text, found));
        if (found.Count > 0)
        {
            return null;
        }

        var inlined = Inline(html, found);
        if (found.Count > 0)
        {
            return null;
        }

        var (parsedHtml, parsedText) = (Parse(inlined, TemplateFault.Html, found), Parse(text, TemplateFault.Text, found));
        return found.Count > 0 ? null : new CompiledTemplate(parsedHtml!, parsedText!);
    }

    /// <exception cref="RunawayException">It does more than a mail may.</exception>
    public async Task<RenderedMail> RenderAsync(MailValues values, Liquid.Budget budget)
    {
        var model = values.ToModel();
        var (html, text) = (await Liquid.RenderAsync(_html, model, isHtml: true, budget), await Liquid.RenderAsync(_text, model, isHtml: false, budget));
        return new RenderedMail(values.Subject, html, text.Trim() + "\n");
    }

    private static string Compose(string layout, string content, string where, List<TemplateFault> faults)
    {
        var pieces = TemplateText.Cut(layout);
        if (pieces.Count(piece => piece.Variable == "content") != 1)
        {
            faults.Add(new TemplateFault(where, null, "A layout has {{ content }} in it, once: there the mail goes."));
        }

        return string.Concat(pieces.Select(piece => piece.Variable == "content" ? content.Trim('\n') : piece.Text));
    }

    private static string Inline(string html, List<TemplateFault> faults)
    {
        var marked = MarkedHtml.Of(html);
        faults.AddRange(marked.Faults);
        if (faults.Count > 0)
        {
            return "";
        }

        using var document = MarkupRules.Parse(marked);
        faults.AddRange(CssInliner.Inline(document).Select(selector => new TemplateFault(TemplateFault.Html, null, $"The selector {selector} cannot be read.")));
        var inlined = AngleSharp.FormatExtensions.ToHtml(document);
        if (!marked.IsWhole(inlined))
        {
            faults.Add(new TemplateFault(TemplateFault.Html, null, "The mail does not fit into the layout: something would stand where HTML has no place for it."));
        }

        return marked.Restore(inlined);
    }

    private static IFluidTemplate? Parse(string source, string where, List<TemplateFault> faults)
    {
        var template = Liquid.Parse(source, out var problem);
        if (template is null)
        {
            faults.Add(new TemplateFault(where, null, problem));
        }

        return template;
    }
}
