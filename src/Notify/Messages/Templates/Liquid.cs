using System.Text.Encodings.Web;
using System.Text.Unicode;
using Fluid;
using Fluid.Values;

namespace Notify.Messages.Templates;

/// <summary>A template does more than a mail can need: it is stopped, not waited for.</summary>
internal sealed class RunawayException(string how) : Exception(how);

/// <summary>
/// The Liquid that mails are written in: a few tags and filters, nothing that reads a file, calls a function, or makes much out of little.
/// What a tag or filter could do with memory the engine does not bound by itself, so it is bounded here.
/// </summary>
internal sealed class Liquid : FluidParser
{
    /// <summary>Every statement is one; a built-in mail takes some 150.</summary>
    public const int MostSteps = 10_000;

    public const int MostRecursion = 20;

    /// <summary>The items of a range such as <c>(1..60)</c> are made before the first is used, and before a step is counted.</summary>
    public const int LongestRange = 1_000;

    private const string BudgetKey = "budget";

    public static readonly IReadOnlyList<string> Tags = ["if", "unless", "case", "for", "break", "continue", "assign", "comment", "#"];

    public static readonly IReadOnlyList<string> Filters =
        ["append", "capitalize", "default", "downcase", "first", "join", "last", "prepend", "size", "strip", "truncate", "truncatewords", "upcase"];

    private static readonly Liquid Parser = new();

    private static readonly TemplateOptions Options = Allowed();

    /// <summary>Letters of every script as they are, for a mail in Hebrew would be three times as long in entities.</summary>
    private static readonly HtmlEncoder Html = HtmlEncoder.Create(UnicodeRanges.All);

    private Liquid() : base(new FluidParserOptions { AllowFunctions = false, AllowParentheses = false, AllowLiquidTag = false })
    {
        foreach (var tag in RegisteredTags.Keys.Except(Tags, StringComparer.Ordinal).ToList())
        {
            RegisteredTags.Remove(tag);
        }
    }

    /// <param name="problem">What is wrong and where, as the engine says it.</param>
    public static IFluidTemplate? Parse(string source, out string problem)
    {
        var isParsed = Parser.TryParse(source, out var template, out problem!);
        return isParsed ? template : null;
    }

    /// <summary>Renders within the bounds.</summary>
    /// <param name="isHtml">Whether values are encoded; nothing in a template can have one written as it is.</param>
    /// <exception cref="RunawayException">It does more than it may.</exception>
    public static async ValueTask<string> RenderAsync(IFluidTemplate template, IReadOnlyDictionary<string, FluidValue> values, bool isHtml, Budget budget)
    {
        var context = new TemplateContext(Options);
        context.AmbientValues[BudgetKey] = budget;
        foreach (var (name, value) in values)
        {
            context.SetValue(name, value);
        }

        using var output = new BoundedWriter(budget);
        try
        {
            await template.RenderAsync(output, context, isHtml ? Html : NullEncoder.Default, isolateContext: false);
        }
        catch (InvalidOperationException)
        {
            throw new RunawayException($"It takes more than {MostSteps} steps. Have no loop within a loop, or fewer rounds with limit: 10.");
        }

        return output.ToString();
    }

    private static TemplateOptions Allowed()
    {
        var options = new TemplateOptions { MaxSteps = MostSteps, MaxRecursion = MostRecursion, StrictFilters = true };
        var all = options.Filters.ToDictionary(filter => filter.Key, filter => filter.Value, StringComparer.Ordinal);
        options.Filters.Clear();
        foreach (var name in Filters)
        {
            var filter = all[name];
            options.Filters.AddFilter(name, async (input, arguments, context) =>
            {
                var value = await filter(input, arguments, context);
                ((Budget)context.AmbientValues[BudgetKey]).Spend(value is StringValue text ? text.ToStringValue().Length : 0);
                return value;
            });
        }

        return options;
    }

    /// <summary>How long a rendering may take, and how much it may make; looked at at every filter and at everything written.</summary>
    internal sealed class Budget(TimeProvider clock, TimeSpan time)
    {
        private readonly long _began = clock.GetTimestamp();

        public void Spend(int characters)
        {
            if (characters > MailSize.Most)
            {
                throw new RunawayException($"It makes more than {MailSize.Say(MailSize.Most)}. Shorten with truncate, or leave something out.");
            }

            if (clock.GetElapsedTime(_began) > time)
            {
                throw new RunawayException("It takes too long. Have fewer loops and filters.");
            }
        }
    }

    private sealed class BoundedWriter(Budget budget) : StringWriter(System.Globalization.CultureInfo.InvariantCulture)
    {
        public override void Write(char value) => base.Write(Bounded(value));

        public override void Write(char[] buffer, int index, int count)
        {
            base.Write(buffer, index, count);
            budget.Spend(GetStringBuilder().Length);
        }

        public override void Write(ReadOnlySpan<char> buffer)
        {
            base.Write(buffer);
            budget.Spend(GetStringBuilder().Length);
        }

        public override void Write(string? value)
        {
            base.Write(value);
            budget.Spend(GetStringBuilder().Length);
        }

        private char Bounded(char value)
        {
            budget.Spend(GetStringBuilder().Length);
            return value;
        }
    }
}

/// <summary>How large a mail's HTML may be: mailbox providers cut a mail off at some 102 KB of it, and hide the unsubscribe link at its end.</summary>
public static class MailSize
{
    public const int Most = 100 * 1024;

    /// <summary>From here on somebody should think about it.</summary>
    public const int Much = 80 * 1024;

    public static int Of(string html) => System.Text.Encoding.UTF8.GetByteCount(html);

    public static string Say(int octets) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{octets / 1024.0:0.#} KB");
}
