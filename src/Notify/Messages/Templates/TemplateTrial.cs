using System.Text.Encodings.Web;
using System.Text.Unicode;
using Notify.Publication;

namespace Notify.Messages.Templates;

/// <summary>Renders a layout with a mail in it again and again, and says what would go wrong with readers.</summary>
internal sealed class TemplateTrial(PublicationOptions site)
{
    private readonly Dictionary<(PartSource, PartSource), CompiledTemplate?> _compiled = [];
    private readonly List<TemplateFault> _faults = [];

    /// <summary>The same fault in many languages is one.</summary>
    public IReadOnlyList<TemplateFault> Faults => [.. _faults.Distinct()];

    public int Octets { get; private set; }

    public int MostOctets { get; private set; }

    public async Task TryAsync(MailPart mail, string language, PartSource layout, PartSource content, Func<Liquid.Budget> budget)
    {
        if (!_compiled.TryGetValue((layout, content), out var compiled))
        {
            compiled = CompiledTemplate.Compile(layout, content, out var faults);
            _compiled[(layout, content)] = compiled;
            _faults.AddRange(faults);
        }

        if (compiled is null)
        {
            return;
        }

        foreach (var shape in Enum.GetValues<MailSamples.Shape>())
        {
            var values = MailSamples.Of(mail, language, site, shape);
            try
            {
                Look(mail, values, shape, await compiled.RenderAsync(values, budget()));
            }
            catch (RunawayException e)
            {
                _faults.Add(new TemplateFault(TemplateFault.Html, null, $"This runs away{(shape == MailSamples.Shape.Longest ? " with a long article" : "")}. {e.Message}"));
            }
        }
    }

    private void Look(MailPart mail, MailValues values, MailSamples.Shape shape, RenderedMail rendered)
    {
        var octets = MailSize.Of(rendered.Html);
        (Octets, MostOctets) = (shape == MailSamples.Shape.Full ? Math.Max(Octets, octets) : Octets, Math.Max(MostOctets, octets));
        if (octets > MailSize.Most)
        {
            Add(TemplateFault.Html, $"With a long article it has {MailSize.Say(octets)}; mail programs cut a mail off at 102 KB, so it may have {MailSize.Say(MailSize.Most)}.");
        }

        var which = mail switch
        {
            MailPart.Confirmation => "a confirmation",
            MailPart.Link => "a mail with the link to a reader's page",
            MailPart.Digest => "a digest",
            _ => shape == MailSamples.Shape.Bare ? "an alert about an article without summary and picture" : "an alert",
        };
        Need(rendered, values.Unsubscribe, "links.unsubscribe", "the unsubscribe link", which);
        Need(rendered, values.Confirm, "links.confirm", "the link to confirm", which);
        Need(rendered, mail == MailPart.Link ? values.Preferences : null, "links.preferences", "the link to the reader's page", which);
        if (!rendered.Html.Contains(Encoded(values.Site.PostalAddress), StringComparison.Ordinal))
        {
            Add(TemplateFault.Html, $"The postal address is missing in {which}; the law wants it in every mail. Put {{{{ site.postal_address }}}} in.");
        }

        if (!rendered.Text.Contains(values.Site.PostalAddress, StringComparison.Ordinal))
        {
            Add(TemplateFault.Text, $"The postal address is missing in {which}; the law wants it in every mail. Put {{{{ site.postal_address }}}} in.");
        }

        if (rendered.Html.Contains("href=\"\"", StringComparison.Ordinal) || rendered.Html.Contains("src=\"\"", StringComparison.Ordinal))
        {
            Add(TemplateFault.Html, $"A link or an image goes nowhere in {which}. Put {{% if … %}} around what is not always there.");
        }
    }

    private void Need(RenderedMail rendered, string? link, string variable, string what, string which)
    {
        if (link is null)
        {
            return;
        }

        if (!rendered.Html.Contains($"href=\"{Encoded(link)}\"", StringComparison.Ordinal))
        {
            Add(TemplateFault.Html, $"{char.ToUpperInvariant(what[0])}{what[1..]} is missing in {which}. Put <a href=\"{{{{ {variable} }}}}\"> in.");
        }

        // The link to choose begins like the one to leave.
        if (!rendered.Text.Replace(link + MailValues.BehindUnsubscribe, "", StringComparison.Ordinal).Contains(link, StringComparison.Ordinal))
        {
            Add(TemplateFault.Text, $"{char.ToUpperInvariant(what[0])}{what[1..]} is missing in {which}. Put {{{{ {variable} }}}} in.");
        }
    }

    private void Add(string where, string says) => _faults.Add(new TemplateFault(where, null, says));

    private static string Encoded(string text) => HtmlEncoder.Create(UnicodeRanges.All).Encode(text);
}
