using Notify.Messages.Templates;

namespace Notify.Tests.Messages.Templates;

/// <summary>Templates that would eat the machine are refused, and refusing them eats nothing.</summary>
public sealed class RunawayTemplateTests
{
    private const string Link = "<a href=\"{{ links.unsubscribe }}\">x</a>";

    [Theory]
    [InlineData("{% for i in (1..20000000) %}x{% endfor %}", "A range goes from a number to a number and has at most 1000 of them.")]
    [InlineData("{% for i in (1..article.title) %}x{% endfor %}", "A range goes from a number to a number")]
    [InlineData("{% for i in (1..1000) %}{% for j in (1..1000) %}{% assign a = i %}{% endfor %}{% endfor %}", "It takes more than 10000 steps.")]
    [InlineData("{% for i in (1..1000) %}{{ article.title }}{{ article.title }}{{ article.title }}{{ article.title }}{{ article.title }}{% endfor %}", "It makes more than 100 KB.")]
    [InlineData("{% assign a = 'aaaaaaaaaaaaaaaa' %}{% for i in (1..60) %}{% assign a = a | append: a %}{% endfor %}", "It makes more than 100 KB.")]
    [InlineData("{% assign a = 'aaaaaaaaaaaaaaaa' %}{% for i in (1..60) %}{% assign a = a | prepend: a %}{% endfor %}", "It makes more than 100 KB.")]
    public async Task Loops_ranges_and_words_that_double(string html, string expected)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();

        var faults = await Mails.JudgeHtmlAsync(Link + html);

        Assert.Contains(faults, fault => fault.ToString().Contains(expected, StringComparison.Ordinal));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 200L * 1024 * 1024);
    }

    [Fact]
    public async Task A_template_that_takes_too_long()
    {
        var faults = await Mails.JudgeAsync(MailPart.Alert, new PartSource(Link, MailParts.BuiltInOf(MailPart.Alert).Text), new SlowClock());

        Assert.Contains(faults, fault => fault.ToString().Contains("This runs away. It takes too long.", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_stands_in_itself_so_deep_that_a_stack_would_not_hold_it()
    {
        // As deep as the size of a template allows; each of these ended the process when it was given to a parser.
        Refused(await Mails.JudgeHtmlAsync(Link + string.Concat(Enumerable.Repeat("{% if true %}", 4_000)) + string.Concat(Enumerable.Repeat("{% endif %}", 1_000))), "More than 20 blocks stand in each other.");
        Refused(await Mails.JudgeHtmlAsync(Link + "{{ 'a'" + string.Concat(Enumerable.Repeat("|upcase", 8_000)) + " }}"), "More than 500 characters stand between two braces.");
        Refused(await Mails.JudgeHtmlAsync(Link + "{% if true" + string.Concat(Enumerable.Repeat(" and true", 6_000)) + " %}{% endif %}"), "More than 500 characters stand between two braces.");
        Refused(await Mails.JudgeHtmlAsync(Link + string.Concat(Enumerable.Repeat("<b>", 20_000))), "More than 200 elements stand in each other.");
    }

    [Fact]
    public async Task A_template_that_is_too_long_or_makes_too_much_of_a_long_article()
    {
        Refused(await Mails.JudgeHtmlAsync(Link + new string('x', 70_000)), "and at most 65536 are taken.");
        Refused(await Mails.JudgeHtmlAsync(Link + new string('é', 60_000)), "With a long article it has");
        Refused(await Mails.JudgeHtmlAsync(Link + string.Concat(Enumerable.Repeat("<p>{{ article.summary }}</p>", 4))), "This runs away with a long article. It makes more than 100 KB.");
    }

    private static void Refused(IReadOnlyList<TemplateFault> faults, string expected) =>
        Assert.Contains(faults, fault => fault.ToString().Contains(expected, StringComparison.Ordinal));

    /// <summary>A minute passes at every look.</summary>
    private sealed class SlowClock : TimeProvider
    {
        private long _looks;

        public override long TimestampFrequency => 1;

        public override long GetTimestamp() => Interlocked.Add(ref _looks, 60);
    }
}
