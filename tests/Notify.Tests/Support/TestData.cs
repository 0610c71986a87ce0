namespace Notify.Tests.Support;

/// <summary>
/// Test data of others (returned mails, feeds, an API description) that is kept beside the repository, not in it.
/// It is looked for in <c>NOTIFY_TEST_DATA</c>, by default <c>../shared/data</c> seen from the repository.
/// </summary>
internal static class TestData
{
    /// <summary>The full path of a file or folder of the data, such as <c>twilio/messages.openapi.json</c>; without it the test is skipped.</summary>
    public static string Require(string relativePath)
    {
        var path = Path.GetFullPath(Path.Combine(Folder, relativePath));
        if (!Path.Exists(path))
            Assert.Skip($"No test data at {path}. Set NOTIFY_TEST_DATA to the folder that holds {relativePath}.");

        return path;
    }

    private static string Folder => Environment.GetEnvironmentVariable("NOTIFY_TEST_DATA") is { Length: > 0 } folder
        ? folder
        : RepositoryRoot.At("../shared/data");
}
