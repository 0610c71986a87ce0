using System.Text.RegularExpressions;
using AngleSharp.Dom;
using AngleSharp.Html.Parser;

namespace Notify.Messages.Templates;

/// <summary>
/// What may stand in the HTML of a mail: nothing that runs, asks, loads or watches. An address is one that was written into the template, or a
/// variable that holds one - never a value of an article's words, which anybody may have written.
/// </summary>
internal static partial class MarkupRules
{
    private static readonly HashSet<string> Elements = new(StringComparer.Ordinal)
    {
        "html", "head", "title", "meta", "style", "body", "div", "span", "p", "a", "img", "br", "hr", "wbr", "center", "font",
        "table", "caption", "colgroup", "col", "thead", "tbody", "tfoot", "tr", "th", "td",
        "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "dl", "dt", "dd", "blockquote", "pre", "code", "figure", "figcaption",
        "strong", "b", "em", "i", "u", "s", "small", "big", "sub", "sup", "mark", "bdi", "bdo", "abbr", "time", "address",
        "header", "footer", "main", "section", "article", "nav",
    };

    /// <summary>Attributes that hold an address, on whatever element.</summary>
    private static readonly HashSet<string> Addresses = new(StringComparer.Ordinal)
    {
        "href", "src", "srcset", "background", "poster", "data", "action", "formaction", "cite", "longdesc", "ping", "manifest", "xlink:href", "usemap", "lowsrc", "dynsrc",
    };

    private static readonly string[] Links =
        ["links.unsubscribe", "links.view", "links.preferences", "links.confirm", "article.url", "site.url", "site.support_url", "site.privacy_url", "site.terms_url"];

    private static readonly string[] Pictures = ["article.image_url"];

    private static readonly string[] Blocks = ["if", "unless", "case", "for"];

    private static readonly string[] Wordless = ["html", "head", "table", "thead", "tbody", "tfoot", "tr", "colgroup"];

    private static readonly string[] Within = ["else", "elsif", "when"];

    private static readonly HtmlParser Parser = new(new HtmlParserOptions { IsKeepingSourceReferences = true });

    public static IDocument Parse(MarkedHtml marked) => Parser.ParseDocument(marked.Html);

    /// <param name="isWhole">Whether it is a whole document; else what stands in a body.</param>
    public static IReadOnlyList<TemplateFault> Judge(string source, bool isWhole)
    {
        // Without a line end, so that the lines of faults are the source's.
        var marked = MarkedHtml.Of(isWhole ? source : "<!DOCTYPE html><html><head></head><body>" + source);
        if (marked.Faults.Count > 0)
        {
            return marked.Faults;
        }

        using var document = Parse(marked);
        var faults = document.All.SelectMany(element => Of(element, marked)).ToList();
        faults.AddRange(UnevenBlocks(document, marked));
        if (!marked.IsWhole(AngleSharp.FormatExtensions.ToHtml(document)))
        {
            faults.Add(new TemplateFault(TemplateFault.Html, null, "Something stands where HTML has no place for it, such as words in a table that are in no cell. Close every element, and write <tbody> in tables."));
        }

        return [.. faults.OrderBy(fault => fault.Line)];
    }

    private static IEnumerable<TemplateFault> Of(IElement element, MarkedHtml marked)
    {
        var name = element.LocalName;
        if (!Elements.Contains(name))
        {
            yield return Fault(element, $"<{name}> has no place in a mail.");
        }

        if (name == "meta" && element.HasAttribute("http-equiv") && !string.Equals(element.GetAttribute("http-equiv"), "content-type", StringComparison.OrdinalIgnoreCase))
        {
            yield return Fault(element, "<meta http-equiv> has no place in a mail.");
        }

        if (Loading.Match(name == "style" ? element.TextContent : element.GetAttribute("style") ?? "") is { Success: true } loading)
        {
            yield return Fault(element, $"A style loads nothing: {loading.Value} has no place in a mail.");
        }

        if (name == "img" && !element.HasAttribute("alt"))
        {
            yield return Fault(element, "An image needs alt=\"…\", for whoever does not see it; alt=\"\" when it says nothing.");
        }

        if (name == "img" && (element.GetAttribute("width") is "0" or "1" || element.GetAttribute("height") is "0" or "1"))
        {
            yield return Fault(element, "An image that nobody can see watches who opens the mail. Readers are not watched here.");
        }

        foreach (var attribute in element.Attributes)
        {
            if (OfAttribute(name, attribute, marked) is { } says)
            {
                yield return Fault(element, says);
            }
        }
    }

    private static string? OfAttribute(string element, IAttr attribute, MarkedHtml marked)
    {
        var name = attribute.Name.ToLowerInvariant();
        if (name.StartsWith("on", StringComparison.Ordinal) || name == "srcdoc")
        {
            return $"{name} runs a script; a mail has none.";
        }

        if (name == "style" && marked.In(attribute.Value).Any())
        {
            return "Liquid cannot stand in a style: what an article says would be read as one. Choose a class with it.";
        }

        if (!Addresses.Contains(name))
        {
            return null;
        }

        return (element, name) switch
        {
            ("a", "href") => IsAddress(attribute.Value, marked, Links, "https", "http", "mailto", "tel")
                ? null
                : $"A link goes to an address beginning with https://, or to one of: {Say(Links)}; with no filter.",
            ("img", "src") => IsAddress(attribute.Value, marked, Pictures, "https")
                ? null
                : $"An image comes from an address beginning with https://, or from {Say(Pictures)}.",
            _ => $"{name} has no place on <{element}> in a mail.",
        };
    }

    private static bool IsAddress(string value, MarkedHtml marked, string[] variables, params string[] schemes)
    {
        Piece[] pieces = [.. marked.In(value)];
        if (pieces is [{ Variable: { } variable }] && marked.Restore(value) == pieces[0].Text)
        {
            return variables.Contains(variable);
        }

        // The scheme and the host are the template's own; a value may stand behind them.
        return schemes.Any(scheme => value.StartsWith(scheme + ":", StringComparison.OrdinalIgnoreCase) && (scheme is "mailto" or "tel" || (Host.Match(value) is { Success: true } host && !marked.In(host.Value).Any())));
    }

    /// <summary>A block begins and ends in one place, or half an element would be left when it is skipped.</summary>
    private static IEnumerable<TemplateFault> UnevenBlocks(IDocument document, MarkedHtml marked)
    {
        var open = new Stack<(Piece Piece, object Place)>();
        foreach (var (piece, place) in Places(document, marked))
        {
            if (piece.Tag is not { } tag)
            {
                if (place is IElement { LocalName: var name } && Wordless.Contains(name))
                {
                    yield return new TemplateFault(TemplateFault.Html, piece.Line, $"{piece.Text} stands in <{name}>, where no words can stand.");
                }

                continue;
            }

            if (Blocks.Contains(tag))
            {
                open.Push((piece, place));
            }
            else if (tag.StartsWith("end", StringComparison.Ordinal) ? open.TryPop(out var begin) : Within.Contains(tag) & open.TryPeek(out begin))
            {
                if (!ReferenceEquals(begin.Place, place))
                {
                    yield return new TemplateFault(TemplateFault.Html, begin.Piece.Line, $"{begin.Piece.Text} begins here and goes on or ends in line {piece.Line}, in another element. A block holds whole elements; in a table write <tbody>.");
                }
            }
        }
    }

    /// <summary>Every piece of Liquid with what it stands in, in the order of the document.</summary>
    private static IEnumerable<(Piece Piece, object Place)> Places(IDocument document, MarkedHtml marked)
    {
        foreach (var node in document.GetDescendants())
        {
            if (node is IElement element)
            {
                foreach (var attribute in element.Attributes)
                {
                    foreach (var piece in marked.In(attribute.Value))
                    {
                        yield return (piece, attribute);
                    }
                }
            }
            else if (node is IComment comment)
            {
                var isMark = marked.In($"<!--{comment.Data}-->").ToArray();
                foreach (var piece in isMark)
                {
                    yield return (piece, comment.Data.StartsWith('[') ? comment : comment.Parent!);
                }
            }
            else if (node is IText text)
            {
                foreach (var piece in marked.In(text.Data))
                {
                    yield return (piece, text.Parent!);
                }
            }
        }
    }

    private static TemplateFault Fault(IElement element, string says) => new(TemplateFault.Html, element.SourceReference?.Position.Line, says);

    private static string Say(string[] variables) => string.Join(", ", variables.Select(variable => "{{ " + variable + " }}"));

    [GeneratedRegex(@"url\s*\(|expression\s*\(|@import|@font-face|-moz-binding|behavior\s*:|\\", RegexOptions.IgnoreCase, matchTimeoutMilliseconds: 1_000)]
    private static partial Regex Loading { get; }

    [GeneratedRegex(@"^https?://[^/?#]+", RegexOptions.IgnoreCase, matchTimeoutMilliseconds: 1_000)]
    private static partial Regex Host { get; }
}
