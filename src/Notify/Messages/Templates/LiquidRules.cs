using System.Globalization;
using System.Text.RegularExpressions;
using Fluid.Ast;
using Fluid.Values;

namespace Notify.Messages.Templates;

/// <summary>Reads a template without running it: is it Liquid, and does it speak only of what there is, also where it never goes in a preview?</summary>
internal static partial class LiquidRules
{
    /// <summary>Enough for a sentence; a chain of filters is as deep as it is long.</summary>
    private const int LongestPiece = 500;

    private static readonly string[] Blocks = ["if", "unless", "case", "for"];

    private static readonly System.Buffers.SearchValues<string> Braces = System.Buffers.SearchValues.Create(["{{", "{%"], StringComparison.Ordinal);

    public static IReadOnlyList<TemplateFault> Judge(string source, string where, MailPart part)
    {
        if (source.Length > PartSource.MostCharacters)
        {
            return [new TemplateFault(where, null, $"It has {source.Length} characters, and at most {PartSource.MostCharacters} are taken.")];
        }

        var pieces = TemplateText.Cut(source);
        if (Odd(pieces) is var (line, says))
        {
            return [new TemplateFault(where, line, says)];
        }

        if (Liquid.Parse(source, out var problem) is not { } template)
        {
            return [Unreadable(where, problem)];
        }

        var reader = new Reader(MailParts.VariablesOf(part));
        reader.VisitTemplate(template);
        return [.. reader.Found.Select(found => new TemplateFault(where, LineOf(pieces, found.Word), found.Says)).Distinct().OrderBy(fault => fault.Line)];
    }

    /// <summary>
    /// What the engine should not even see: the engine and we must agree on where Liquid begins and ends, or we would look for HTML in the wrong
    /// places; and it goes as deep as it is told to, until the stack is used up and the process with it.
    /// </summary>
    private static (int Line, string Says)? Odd(List<Piece> pieces)
    {
        var depth = 0;
        foreach (var piece in pieces)
        {
            if (!piece.IsLiquid)
            {
                if (piece.Text.AsSpan().IndexOfAny(Braces) is var open and >= 0)
                {
                    return (piece.Line + piece.Text.AsSpan(0, open).Count('\n'), "Braces are opened here and not closed.");
                }

                continue;
            }

            if (piece.Text.Length > LongestPiece && !piece.IsComment)
            {
                return (piece.Line, $"More than {LongestPiece} characters stand between two braces.");
            }

            if (piece.Text.Contains('\\', StringComparison.Ordinal) && !piece.IsComment)
            {
                return (piece.Line, "A backslash cannot stand between braces.");
            }

            depth += piece.Tag is { } tag && Blocks.Contains(tag) ? 1 : piece.Tag is { } end && end.StartsWith("end", StringComparison.Ordinal) ? -1 : 0;
            if (depth > Liquid.MostRecursion)
            {
                return (piece.Line, $"More than {Liquid.MostRecursion} blocks stand in each other.");
            }
        }

        return null;
    }

    private static TemplateFault Unreadable(string where, string problem)
    {
        var match = Problem.Match(problem);
        var says = match.Success ? match.Groups["says"].Value : problem;
        var line = match.Success ? int.Parse(match.Groups["line"].Value, CultureInfo.InvariantCulture) : (int?)null;
        return new TemplateFault(where, line, says.StartsWith("Unknown tag", StringComparison.Ordinal)
            ? $"{says}. The tags are: {string.Join(", ", Liquid.Tags)}."
            : $"This is not Liquid: {says}.");
    }

    /// <summary>The engine does not say where in the text an expression stood.</summary>
    private static int? LineOf(List<Piece> pieces, string word)
    {
        var whole = new Regex($@"(?<![\w.]){Regex.Escape(word)}(?!\w)", RegexOptions.None, TimeSpan.FromSeconds(1));
        foreach (var piece in pieces.Where(piece => piece.IsLiquid))
        {
            if (whole.Match(piece.Text) is { Success: true } match)
            {
                return piece.Line + piece.Text.AsSpan(0, match.Index).Count('\n');
            }
        }

        return null;
    }

    [GeneratedRegex(@"^(?<says>.*?) at \((?<line>\d+):\d+\)", RegexOptions.ExplicitCapture | RegexOptions.Singleline, matchTimeoutMilliseconds: 1_000)]
    private static partial Regex Problem { get; }

    private sealed class Reader(IReadOnlyList<string> variables) : AstVisitor
    {
        /// <summary>Names the template gave itself; that one is used before it is given is no harm.</summary>
        private readonly HashSet<string> _own = new(StringComparer.Ordinal) { "forloop" };

        public List<(string Word, string Says)> Found { get; } = [];

        /// <summary>The engine's visitor looks for an <c>else</c> also where there is none.</summary>
        public override Statement Visit(Statement statement) => statement is null ? null! : base.Visit(statement);

        /// <inheritdoc cref="Visit(Statement)" />
        public override Expression Visit(Expression expression) => expression is null ? null! : base.Visit(expression);

        protected override Statement VisitForStatement(ForStatement forStatement)
        {
            _own.Add(forStatement.Identifier);
            return base.VisitForStatement(forStatement);
        }

        protected override Statement VisitAssignStatement(AssignStatement assignStatement)
        {
            _own.Add(assignStatement.Identifier);
            Whole(assignStatement.Value, "be given another name");
            return base.VisitAssignStatement(assignStatement);
        }

        protected override Expression VisitMemberExpression(MemberExpression memberExpression)
        {
            var path = PathOf(memberExpression);
            if (path is null)
            {
                Found.Add(("[", "Write variables with dots, such as article.title."));
            }
            else if (!variables.Contains(path) && !(_own.Contains(path.Split('.')[0]) && (!path.Contains('.', StringComparison.Ordinal) || path.StartsWith("forloop.", StringComparison.Ordinal))))
            {
                Found.Add((path, $"There is no {path}.{Suggest(path)}"));
            }

            return base.VisitMemberExpression(memberExpression);
        }

        protected override Expression VisitFilterExpression(FilterExpression filterExpression)
        {
            if (!Liquid.Filters.Contains(filterExpression.Name))
            {
                Found.Add((filterExpression.Name, $"There is no filter {filterExpression.Name}. The filters are: {string.Join(", ", Liquid.Filters)}."));
            }

            Whole(filterExpression.Input, "go through a filter");
            foreach (var argument in filterExpression.Parameters)
            {
                Whole(argument.Expression, "go into a filter");
            }

            return base.VisitFilterExpression(filterExpression);
        }

        protected override Expression VisitRangeExpression(RangeExpression rangeExpression)
        {
            if (Number(rangeExpression.From) is not { } from || Number(rangeExpression.To) is not { } to || to - from >= Liquid.LongestRange)
            {
                Found.Add(("(", $"A range goes from a number to a number and has at most {Liquid.LongestRange} of them."));
            }

            return base.VisitRangeExpression(rangeExpression);
        }

        /// <summary>A link is put in as it is: the reader's own takes its place after the template is done, and a part of it would be left over.</summary>
        private void Whole(Expression expression, string what)
        {
            if (expression is MemberExpression member && PathOf(member) is { } path && path.StartsWith("links.", StringComparison.Ordinal))
            {
                Found.Add((path, $"{path} is a link and cannot {what}."));
            }
        }

        private string Suggest(string path)
        {
            var last = path.Split('.')[^1];
            var near = variables.FirstOrDefault(variable => variable.EndsWith("." + last, StringComparison.OrdinalIgnoreCase)
                || (last.Length > 3 && variable.Split('.')[^1].StartsWith(last[..3], StringComparison.OrdinalIgnoreCase) && variable.Split('.')[0] == path.Split('.')[0]));
            return near is null ? "" : $" Is {near} meant?";
        }

        private static string? PathOf(MemberExpression member) =>
            member.Segments.All(segment => segment is IdentifierSegment) ? string.Join('.', member.Segments.Select(segment => ((IdentifierSegment)segment).Identifier)) : null;

        private static decimal? Number(Expression expression) => expression is LiteralExpression { Value: NumberValue number } ? number.ToNumberValue() : null;
    }
}
