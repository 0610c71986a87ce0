namespace Notify.Articles;

/// <summary>
/// Walks over a document as a tree, whether or not its tags make one: an end tag ends whatever is open within its element, and is nothing
/// without one. Every start has an end, after what is in it.
/// </summary>
internal sealed class FeedWalk
{
    /// <summary>Levels of elements, a web page nests about thirty. Tags further down are left out, their text is not.</summary>
    public const int Deepest = 200;

    // More of them are an attack, and are read as the rules of XML have it.
    private const int MostUnclosed = 100_000;

    private readonly FeedMarkup markup;
    private readonly HashSet<int>? known;
    private readonly HashSet<int> unclosed = [];
    private readonly List<Open> open = [];
    private readonly Dictionary<string, int> names = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, Stack<string>> spaces = new(StringComparer.Ordinal);
    private readonly Uri source;
    private int keep = int.MaxValue;
    private int item = -1;
    private bool isStartDue;
    private Dictionary<string, string>? attributes;

    /// <param name="known">Where the elements start that are never closed; nothing on the walk that finds out.</param>
    private FeedWalk(string text, Uri source, HashSet<int>? known)
    {
        (markup, this.source, this.known) = (new FeedMarkup(text), source, known);
    }

    public MarkupKind Kind { get; private set; }

    /// <summary>Elements around this one; around this text, for a text.</summary>
    public int Depth => Kind == MarkupKind.Text ? open.Count : open.Count - 1;

    /// <summary>Without prefix.</summary>
    public string Name => open[^1].Name;

    /// <summary>The namespace of the element.</summary>
    public string Space => open[^1].Space;

    /// <summary>Where relative addresses in the element start (XML Base).</summary>
    public Uri Base => open[^1].Base;

    /// <summary>Of a start tag, by name as written.</summary>
    public IReadOnlyDictionary<string, string> Attributes => attributes ??= ReadAttributes();

    /// <summary>The document ended, and elements were still open.</summary>
    public bool IsCut { get; private set; }

    /// <summary>The first thing that does not fit together, with its place; nothing for a document that does.</summary>
    public (int Position, string What)? Fault { get; private set; }

    /// <summary>Whether there were more levels than can make sense.</summary>
    public bool IsTooDeep { get; private set; }

    /// <summary>
    /// A walk over the document from its start. It has been walked over once before, because only the end tells what was never closed, and such
    /// an item ends where the next one starts, such a title where the link does.
    /// </summary>
    public static FeedWalk Over(string text, Uri source)
    {
        var first = new FeedWalk(text, source, known: null);
        while (first.Read())
        {
            // Only for what is not closed.
        }

        var fault = first.markup.Fault is { } noted && (first.Fault is not { } found || noted.Position <= found.Position) ? noted : first.Fault;
        return new FeedWalk(text, source, first.unclosed) { Fault = fault, IsTooDeep = first.IsTooDeep };
    }

    public string? Attribute(string name) => Attributes.GetValueOrDefault(name)?.Trim();

    /// <summary>The text of a piece of text.</summary>
    public string Text() => markup.Text();

    /// <summary>Whether a namespace with this in its name is declared here.</summary>
    public bool Declares(string part) => spaces.Values.Any(stack => stack.Any(space => space.Contains(part, StringComparison.Ordinal)));

    /// <summary>The namespace of elements without a prefix.</summary>
    public string DefaultSpace => Resolve("");

    /// <summary>Moves on to the next start, text or end.</summary>
    public bool Read()
    {
        if (Kind == MarkupKind.End && open.Count > 0) Close();
        while (open.Count <= keep)
        {
            keep = int.MaxValue;
            if (isStartDue) return Start();

            if (!markup.Read())
            {
                IsCut |= open.Count > 0;
                foreach (var element in open) Miss(element);
                keep = 0;
                if (open.Count == 0) return false;
            }
            else if (markup.Kind == MarkupKind.Text)
            {
                Kind = MarkupKind.Text;
                return true;
            }
            else if (markup.Kind == MarkupKind.End)
            {
                TakeEnd();
            }
            else if (known is { Count: > 0 } && Implied(known) is var end and >= 0)
            {
                (keep, isStartDue) = (end, true);
            }
            else if (open.Count < Deepest)
            {
                return Start();
            }
            else
            {
                IsTooDeep = true;
            }
        }

        Kind = MarkupKind.End;
        return true;
    }

    private bool Start()
    {
        isStartDue = false;
        attributes = null;
        var (prefix, local) = Split(markup.Name);
        var hasAttributes = known is not null && markup.HasAttributes;
        var declared = hasAttributes ? Declare() : (IReadOnlyList<string>)[];
        var outer = open.Count == 0 ? source : open[^1].Base;
        var inner = hasAttributes ? FeedLinks.Rebase(outer, Attributes.GetValueOrDefault("xml:base")) : outer;
        open.Add(new Open(markup.Name, local, Resolve(prefix), inner, declared, markup.Position));
        names[markup.Name] = names.GetValueOrDefault(markup.Name) + 1;
        if (item < 0 && FeedNames.IsItem(local, open.Count - 1)) item = open.Count - 1;
        if (markup.ClosesItself) keep = open.Count - 1;
        Kind = MarkupKind.Start;
        return true;
    }

    private void TakeEnd()
    {
        if (names.GetValueOrDefault(markup.Name) == 0)
        {
            Fault ??= (markup.Position, $"</{Short(markup.Name)}> ends nothing");
            return;
        }

        keep = open.FindLastIndex(element => element.Written.Equals(markup.Name, StringComparison.OrdinalIgnoreCase));
        for (var i = keep + 1; i < open.Count; i++) Miss(open[i]);
    }

    private void Miss(Open element)
    {
        if (unclosed.Count < MostUnclosed) unclosed.Add(element.Position);
        if (Fault is not { } fault || element.Position < fault.Position) Fault = (element.Position, $"<{Short(element.Written)}> is not closed");
    }

    /// <returns>How many of the open elements may stay open beside a start tag, where one before it was never closed; -1: all.</returns>
    private int Implied(HashSet<int> missed)
    {
        if (item < 0) return -1;
        if (missed.Contains(open[item].Position) && open[item].Written.Equals(markup.Name, StringComparison.OrdinalIgnoreCase)) return item;

        var part = item + 1;
        return part < open.Count && missed.Contains(open[part].Position) && FeedNames.IsPart(markup.Name) ? part : -1;
    }

    private void Close()
    {
        var element = open[^1];
        foreach (var prefix in element.Declared)
        {
            spaces[prefix].Pop();
            if (spaces[prefix].Count == 0) spaces.Remove(prefix);
        }

        if (--names[element.Written] == 0) names.Remove(element.Written);
        open.RemoveAt(open.Count - 1);
        if (item == open.Count) item = -1;
    }

    private List<string> Declare()
    {
        var declared = new List<string>();
        foreach (var (name, value) in Attributes)
        {
            if (name != "xmlns" && !name.StartsWith("xmlns:", StringComparison.Ordinal)) continue;

            var prefix = name.Length > "xmlns:".Length ? name["xmlns:".Length..] : "";
            declared.Add(prefix);
            if (!spaces.TryGetValue(prefix, out var stack)) spaces.Add(prefix, stack = new Stack<string>());
            stack.Push(FeedNames.Space(value.Trim()));
        }

        return declared;
    }

    private string Resolve(string prefix) =>
        spaces.TryGetValue(prefix, out var stack) && stack.TryPeek(out var space) ? space : FeedNames.Undeclared(prefix);

    private Dictionary<string, string> ReadAttributes()
    {
        var read = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, value) in markup.Attributes()) read.TryAdd(name, value);
        return read;
    }

    private static (string Prefix, string Name) Split(string written) =>
        written.IndexOf(':', StringComparison.Ordinal) is var colon and > 0 ? (written[..colon], written[(colon + 1)..]) : ("", written);

    private static string Short(string name) => PlainText.Cut(PlainText.Tidy(name), 40);

    private sealed record Open(string Written, string Name, string Space, Uri Base, IReadOnlyList<string> Declared, int Position);
}
