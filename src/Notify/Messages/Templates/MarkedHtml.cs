using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace Notify.Messages.Templates;

/// <summary>
/// HTML with Liquid in it, made readable for an HTML parser: each piece of Liquid becomes a comment where text stands, and a word where a value
/// stands, and is put back when the parser is done. Where neither can stand, Liquid is a fault.
/// </summary>
internal sealed partial class MarkedHtml
{
    /// <summary>A parser looks at each open element again and again, and a mail needs no more.</summary>
    private const int DeepestElement = 200;

    private static readonly string[] Void = ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"];

    /// <summary>No template can know it.</summary>
    private readonly string _seed = "l" + RandomNumberGenerator.GetHexString(16, lowercase: true);

    private readonly List<Piece> _marked = [];
    private readonly List<TemplateFault> _faults = [];

    private MarkedHtml()
    {
    }

    public string Html { get; private set; } = "";

    public IReadOnlyList<TemplateFault> Faults => _faults;

    public static MarkedHtml Of(string source)
    {
        var marked = new MarkedHtml();
        var html = new StringBuilder(source.Length);
        var place = new Walk();
        foreach (var piece in TemplateText.Cut(source))
        {
            if (!piece.IsLiquid)
            {
                html.Append(piece.Text);
                place.Over(piece.Text);
            }
            else if (piece.IsComment)
            {
                // Nobody's business but the editor's; its lines stay, so that faults are said of the right ones.
                html.Append('\n', piece.Text.AsSpan().Count('\n'));
            }
            else
            {
                html.Append(marked.Mark(piece, place));
            }
        }

        if (place.TooDeep)
        {
            marked._faults.Add(new TemplateFault(TemplateFault.Html, null, $"More than {DeepestElement} elements stand in each other. Is every element closed?"));
        }

        marked.Html = html.ToString();
        return marked;
    }

    /// <summary>The pieces whose marks stand in a text, in order.</summary>
    public IEnumerable<Piece> In(string text) => Marks.Matches(text).Where(match => match.Groups["seed"].Value == _seed).Select(match => _marked[int.Parse(match.Groups["number"].ValueSpan, CultureInfo.InvariantCulture)]);

    /// <summary>Puts the Liquid back where its marks are.</summary>
    public string Restore(string html) => Marks.Replace(html, match => match.Groups["seed"].Value == _seed ? _marked[int.Parse(match.Groups["number"].ValueSpan, CultureInfo.InvariantCulture)].Text : match.Value);

    /// <summary>Whether every piece of Liquid is still there, once, in its order: a parser moves what cannot stand where it was written.</summary>
    public bool IsWhole(string html) => In(html).SequenceEqual(_marked);

    private string Mark(Piece piece, Walk place)
    {
        var problem = place.At switch
        {
            Place.Tag => "Liquid can stand in the value of an attribute, not among the attributes. Write class=\"{{ … }}\", or put the {% if %} around the whole element.",
            Place.Raw => "Liquid cannot stand in a style or a script.",
            _ => null,
        };
        if (problem is not null)
        {
            _faults.Add(new TemplateFault(TemplateFault.Html, piece.Line, problem));
        }

        var number = _marked.Count.ToString(CultureInfo.InvariantCulture);
        _marked.Add(piece);
        place.OverLiquid();
        return place.At == Place.Text ? $"<!--{_seed}t{number}x{new string('\n', piece.Text.AsSpan().Count('\n'))}-->" : $"{_seed}v{number}x";
    }

    [GeneratedRegex(@"<!--(?<seed>l[0-9a-f]{16})t(?<number>\d{1,6})x\n*-->|(?<seed>l[0-9a-f]{16})v(?<number>\d{1,6})x", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1_000)]
    private static partial Regex Marks { get; }

    private enum Place
    {
        Text,
        Tag,
        Value,
        Comment,

        /// <summary>A title: text without elements and comments.</summary>
        Title,

        /// <summary>Style and script.</summary>
        Raw,
    }

    /// <summary>Walks over HTML as a parser does, only as far as to know what a character belongs to.</summary>
    private sealed class Walk
    {
        private readonly StringBuilder _name = new();
        private string _element = "";
        private bool _isEnd;
        private bool _inName;
        private char _quote;
        private int _depth;

        public Place At { get; private set; }

        public bool TooDeep { get; private set; }

        public void OverLiquid()
        {
            if (At == Place.Value && _quote == '=')
            {
                _quote = ' ';
            }
        }

        public void Over(string html)
        {
            for (var i = 0; i < html.Length; i++)
            {
                i = At switch
                {
                    Place.Text => OverText(html, i),
                    Place.Tag => OverTag(html[i], i),
                    Place.Value => OverValue(html[i], i),
                    Place.Comment => html.AsSpan(i).StartsWith("-->", StringComparison.Ordinal) ? Go(Place.Text, i + 2) : i,
                    _ => html.AsSpan(i).StartsWith("</" + _element, StringComparison.OrdinalIgnoreCase) ? BeginTag(isEnd: true, i + 1) : i,
                };
            }
        }

        private int OverText(string html, int i)
        {
            if (html[i] != '<' || i + 1 == html.Length)
            {
                return i;
            }

            return html.AsSpan(i).StartsWith("<!--", StringComparison.Ordinal) ? Go(Place.Comment, i + 3)
                : html[i + 1] == '/' ? BeginTag(isEnd: true, i + 1)
                : char.IsAsciiLetter(html[i + 1]) || html[i + 1] == '!' ? BeginTag(isEnd: false, i)
                : i;
        }

        private int BeginTag(bool isEnd, int i)
        {
            (_isEnd, _inName) = (isEnd, true);
            _name.Clear();
            return Go(Place.Tag, i);
        }

        private int OverTag(char c, int i)
        {
            if (c == '>')
            {
                return EndTag(i);
            }

            _inName &= !char.IsWhiteSpace(c) && c != '/';
            if (_inName)
            {
                _name.Append(char.ToLowerInvariant(c));
            }
            else if (c == '=')
            {
                _quote = '=';
                return Go(Place.Value, i);
            }

            return i;
        }

        private int OverValue(char c, int i)
        {
            switch (_quote)
            {
                case '=' when char.IsWhiteSpace(c):
                    return i;
                case '=' when c is '"' or '\'':
                    _quote = c;
                    return i;
                case '=' or ' ' when c == '>':
                    return EndTag(i);
                case ' ' when char.IsWhiteSpace(c):
                case '"' or '\'' when c == _quote:
                    return Go(Place.Tag, i);
                case '=':
                    _quote = ' ';
                    return i;
                default:
                    return i;
            }
        }

        private int EndTag(int i)
        {
            var name = _name.ToString();
            _depth += name.StartsWith('!') || Void.Contains(name) ? 0 : _isEnd ? -1 : 1;
            TooDeep |= _depth > DeepestElement;
            _element = name;
            return Go(_isEnd ? Place.Text : name switch
            {
                "style" or "script" => Place.Raw,
                "title" or "textarea" => Place.Title,
                _ => Place.Text,
            }, i);
        }

        private int Go(Place place, int i)
        {
            At = place;
            return i;
        }
    }
}
