using System.Text;
using AngleSharp;
using AngleSharp.Css;
using AngleSharp.Css.Parser;
using AngleSharp.Dom;

namespace Notify.Messages.Templates;

/// <summary>
/// Puts a document's style sheet into its style attributes, for some mail programs read nothing else. What no attribute can hold stays in one
/// style element: dark mode, small screens. Done once for a template, with the Liquid still in it.
/// </summary>
internal static class CssInliner
{
    private static readonly ICssSelectorParser Selectors = BrowsingContext.New(Configuration.Default).GetService<ICssSelectorParser>()
        ?? throw new InvalidOperationException("There is no parser for selectors.");

    /// <returns>The selectors nobody can read.</returns>
    public static IReadOnlyList<string> Inline(IDocument document)
    {
        IElement[] styles = [.. document.QuerySelectorAll("style")];
        var sheet = StyleSheet.Read(string.Join('\n', styles.Select(style => style.TextContent)));
        var unreadable = new List<string>();
        var declared = new Dictionary<IElement, List<(Priority Weight, Declaration Declaration)>>();
        foreach (var rule in sheet.Rules)
        {
            if (Selectors.ParseSelector(rule.Selector) is not { } selector)
            {
                unreadable.Add(rule.Selector);
                continue;
            }

            foreach (var element in document.All.Where(element => selector.Match(element, null)))
            {
                if (!declared.TryGetValue(element, out var list))
                {
                    declared[element] = list = [];
                }

                list.AddRange(rule.Declarations.Select(declaration => (selector.Specificity, declaration)));
            }
        }

        foreach (var (element, list) in declared)
        {
            element.SetAttribute("style", StyleOf(list, element.GetAttribute("style")));
        }

        Keep(document, styles, sheet.Kept);
        return unreadable;
    }

    /// <summary>The cascade (CSS Cascade 4, section 6.1): importance, then the attribute, then specificity, then order. The last of a name wins and takes its place.</summary>
    private static string StyleOf(List<(Priority Weight, Declaration Declaration)> rules, string? own)
    {
        var attribute = StyleSheet.Declarations(own ?? "");
        var sorted = rules.Where(r => !r.Declaration.IsImportant).OrderBy(r => r.Weight).Select(r => r.Declaration)
            .Concat(attribute.Where(d => !d.IsImportant))
            .Concat(rules.Where(r => r.Declaration.IsImportant).OrderBy(r => r.Weight).Select(r => r.Declaration))
            .Concat(attribute.Where(d => d.IsImportant));
        var last = new List<Declaration>();
        foreach (var declaration in sorted)
        {
            last.RemoveAll(d => d.Name == declaration.Name);
            last.Add(declaration);
        }

        // Without "important", or what is kept for dark mode could not win over it.
        return new StringBuilder().AppendJoin("; ", last.Select(d => $"{d.Name}: {d.Value}")).ToString();
    }

    private static void Keep(IDocument document, IElement[] styles, string kept)
    {
        for (var i = 0; i < styles.Length; i++)
        {
            if (i == 0 && kept.Length > 0)
            {
                styles[i].TextContent = "\n" + kept + "\n";
            }
            else
            {
                styles[i].Remove();
            }
        }
    }
}
