using System.Globalization;
using CsCheck;
using Notify.Inbound;
using Notify.Publication;
using Notify.Tests.Support;

namespace Notify.Tests.Inbound;

/// <summary>
/// The reader against what people text, labelled by hand before it was written: every revocation is read as one or put before a person, and next
/// to nothing else is taken for one.
/// </summary>
public sealed class InboundTextsTests
{
    private static readonly TopicOptions[] Topics =
    [
        new() { Key = "politics", Name = "Politics" }, new() { Key = "sport", Name = "Sport" }, new() { Key = "local", Name = "Local news" },
        new() { Key = "culture", Name = "Arts & Culture" }, new() { Key = "business", Name = "Business" }, new() { Key = "latest-news", Name = "Latest News" },
        new() { Key = "world-news", Name = "World News" }, new() { Key = "international-news", Name = "International News" },
    ];

    private static readonly IReadOnlyList<Labelled> Table =
        Environment.GetEnvironmentVariable("NOTIFY_INBOUND_TEXTS") is { } another ? Read(another)
        : [.. Directory.EnumerateFiles(RepositoryRoot.At("tests/Notify.Tests/Inbound"), "inbound-texts*.tsv").Order(StringComparer.Ordinal).SelectMany(Read)];

    /// <summary>How many pairs the property draws; more where somebody asks for them.</summary>
    private static readonly int Draws = Environment.GetEnvironmentVariable("NOTIFY_INBOUND_DRAWS") is { } draws ? int.Parse(draws, CultureInfo.InvariantCulture) : 3_000;

    [Fact]
    public void Every_revocation_is_a_stop_or_goes_to_a_person()
    {
        var revocations = Table.Where(text => text is { Means: Keyword.Stop, Topic: "" }).ToList();
        var missed = revocations.Where(text => text.Reading.Means is not (Keyword.Stop or Keyword.Review) || text.Reading.Topic is not null).ToList();

        Assert.True(missed.Count == 0, $"{missed.Count} of {revocations.Count} missed:\n{Told(missed)}");
    }

    [Fact]
    public void Hardly_anything_else_is_a_stop()
    {
        var others = Table.Where(text => text.Means is not (Keyword.Stop or Keyword.Review)).ToList();
        var wrong = others.Where(text => text.Reading.Means == Keyword.Stop).ToList();

        Assert.True(wrong.Count <= others.Count / 100, $"{wrong.Count} of {others.Count} taken for a stop:\n{Told(wrong)}");
    }

    [Fact]
    public void Nine_of_ten_are_read_as_they_are_meant()
    {
        var right = Table.Where(text => (text.Reading.Means == text.Means && (text.Reading.Topic ?? "") == text.Topic) || (text is { IsLoose: true, Means: Keyword.Stop, Reading.Means: Keyword.Review })).ToList();

        Assert.True(right.Count >= Table.Count * 9 / 10, $"{Table.Count - right.Count} of {Table.Count} are read otherwise:\n{Told(Table.Except(right))}");
    }

    /// <summary>A person is asked about what is doubtful, not about every other reader who leaves.</summary>
    [Fact]
    public void Most_revocations_need_no_person()
    {
        var revocations = Table.Where(text => text is { Means: Keyword.Stop, Topic: "" }).ToList();
        var asked = revocations.Where(text => text.Reading.Means == Keyword.Review).ToList();

        Assert.True(asked.Count <= revocations.Count / 4, $"{asked.Count} of {revocations.Count} are put before a person:\n{Told(asked)}");
    }

    /// <summary>Whatever stands beside a revocation, in front of it or behind it, in any dressing: it is never answered as anything else.</summary>
    [Fact]
    public void A_revocation_among_other_words_is_never_anything_else()
    {
        var revocations = Gen.OneOf(Table.Where(text => text is { Means: Keyword.Stop, Topic: "" }).Select(text => text.Body).ToArray());
        var others = Gen.OneOf(Table.Where(text => text.Means is not (Keyword.Stop or Keyword.Review)).Select(text => text.Body).ToArray());
        var end = Gen.OneOf(". ", "! ", "\n", "; ", "... ", " \U0001F621. ");

        Gen.Select(revocations, others, end, Gen.Bool).Sample((revocation, other, between, isFirst) =>
        {
            var body = isFirst ? revocation + between + other : other + between + revocation;
            var reading = Keywords.Read(body, Topics);
            Assert.True(reading.Means is Keyword.Stop or Keyword.Review && reading.Topic is null, $"{reading} for: {body}");
        }, iter: Draws, threads: 1);
    }

    private static string Told(IEnumerable<Labelled> texts) =>
        string.Join('\n', texts.Select(text => $"{text.Language} {text.Means} {text.Topic} as {text.Reading.Means} {text.Reading.Topic} ({text.Reading.Matched}): {text.Body}"));

    private static List<Labelled> Read(string path) =>
        [.. File.ReadLines(RepositoryRoot.At(Path.Combine("tests/Notify.Tests/Inbound", path))).Skip(1).Select(line => line.Split('\t'))
            .Select(cell => (Cell: cell, Body: cell[3].Replace("\\n", "\n", StringComparison.Ordinal)))
            .Select(line => new Labelled(line.Cell[0], Enum.Parse<Keyword>(line.Cell[1], ignoreCase: true), line.Cell[2], line.Body, Keywords.Read(line.Body, Topics), IsLoose: !path.EndsWith("texts.tsv", StringComparison.Ordinal) && !path.EndsWith("texts-2.tsv", StringComparison.Ordinal)))];

    /// <param name="IsLoose">Its table calls a stop what may as well be put before a person.</param>
    private sealed record Labelled(string Language, Keyword Means, string Topic, string Body, Reading Reading, bool IsLoose);
}
