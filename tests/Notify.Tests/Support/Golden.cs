namespace Notify.Tests.Support;

/// <summary>
/// What something makes, held against what it made when somebody last looked at it: files beside the tests. With <c>NOTIFY_GOLDEN=write</c> a run
/// renews them; the difference is read before it is committed.
/// </summary>
internal static class Golden
{
    private static readonly bool Renew = Environment.GetEnvironmentVariable("NOTIFY_GOLDEN") == "write";

    /// <param name="file">Below <c>tests/Notify.Tests</c>, with forward slashes.</param>
    public static void Holds(string file, string made)
    {
        var path = RepositoryRoot.At("tests/Notify.Tests/" + file);
        if (Renew)
        {
            File.WriteAllText(path, made);
        }

        Assert.True(File.Exists(path), $"There is no {file} yet. Run once with NOTIFY_GOLDEN=write, and look at what it writes.");
        Assert.Equal(File.ReadAllText(path), made);
    }
}
