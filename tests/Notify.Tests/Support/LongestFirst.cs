using Notify.Tests.Alerts;
using Notify.Tests.Stories;
using Notify.Tests.Support;
using Xunit.Sdk;
using Xunit.v3;

[assembly: TestCollectionOrderer(typeof(LongestFirst))]

namespace Notify.Tests.Support;

/// <summary>Classes whose tests wait for other programs, or have long stories to tell, begin before the others, or the end of a run would be spent waiting for the last of them.</summary>
public sealed class LongestFirst : ITestCollectionOrderer
{
    private static readonly string[] Long =
    [
        .. new[] { typeof(ReturnStories), typeof(FortnightTests), typeof(ReadmeTests), typeof(NodesStory), typeof(AccessibilityStories), typeof(JobStorageStories), typeof(RestartStories), typeof(CommandTests) }
            .Select(type => $"{type.FullName} "),
    ];

    /// <inheritdoc />
    public IReadOnlyCollection<TTestCollection> OrderTestCollections<TTestCollection>(IReadOnlyCollection<TTestCollection> testCollections)
        where TTestCollection : ITestCollection =>
        [.. testCollections.OrderBy(collection => Array.FindIndex(Long, name => collection.TestCollectionDisplayName.Contains(name, StringComparison.Ordinal)) is var place && place < 0 ? Long.Length : place)];
}
