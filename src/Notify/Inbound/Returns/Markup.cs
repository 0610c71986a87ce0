using System.Net;
using System.Text;
using MimeKit.Text;

namespace Notify.Inbound.Returns;

/// <summary>Reports that are pages only, as lines.</summary>
internal static class Markup
{
    public static string Text(string page)
    {
        var text = new StringBuilder(page.Length);
        using var source = new StringReader(page);
        var tokens = new HtmlTokenizer(source) { DecodeCharacterReferences = false, IgnoreTruncatedTags = true };
        var hidden = false;
        while (tokens.ReadNextToken(out var token))
        {
            switch (token)
            {
                case HtmlTagToken { Id: HtmlTagId.Script or HtmlTagId.Style or HtmlTagId.Title } tag:
                    hidden = !tag.IsEndTag && !tag.IsEmptyElement;
                    break;
                case HtmlTagToken { Id: HtmlTagId.Br or HtmlTagId.P or HtmlTagId.Div or HtmlTagId.TR or HtmlTagId.TD or HtmlTagId.LI or HtmlTagId.Pre or HtmlTagId.Table or HtmlTagId.HR or HtmlTagId.H1 or HtmlTagId.H2 or HtmlTagId.H3 }:
                    text.Append('\n');
                    break;
                case HtmlDataToken data and not HtmlCDataToken when !hidden:
                    text.Append(WebUtility.HtmlDecode(data.Data));
                    break;
            }
        }

        return text.ToString();
    }
}
