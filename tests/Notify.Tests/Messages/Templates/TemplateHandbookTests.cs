using System.Text.RegularExpressions;
using Notify.Messages.Templates;
using Notify.Tests.Support;

namespace Notify.Tests.Messages.Templates;

/// <summary>The handbook's page for editors, held against what a template may use.</summary>
public sealed partial class TemplateHandbookTests
{
    private static readonly string Page = File.ReadAllText(RepositoryRoot.At("docs/mail.md"));

    [Fact]
    public void Every_variable_is_in_the_handbook_and_no_other()
    {
        var known = Enum.GetValues<MailPart>().SelectMany(MailParts.VariablesOf).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal);

        var named = Rows().Matches(Page).SelectMany(row => Names().Matches(row.Groups["names"].Value).Select(name => name.Groups["name"].Value));

        Assert.Equal(known, named.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void So_are_tags_and_filters()
    {
        Assert.Contains($"Tags: {Said(Liquid.Tags)}.", Page, StringComparison.Ordinal);
        Assert.Contains($"Filters: {Said(Liquid.Filters)}.", Page, StringComparison.Ordinal);
    }

    private static string Said(IEnumerable<string> names) => string.Join(", ", names.Select(name => $"`{name}`"));

    /// <summary>Rows whose first cell holds nothing but names.</summary>
    [GeneratedRegex(@"^\|(?<names>(?:\s*`[\w.]+`,?)+)\s*\|", RegexOptions.Multiline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1_000)]
    private static partial Regex Rows();

    [GeneratedRegex("`(?<name>[^`]+)`", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1_000)]
    private static partial Regex Names();
}
