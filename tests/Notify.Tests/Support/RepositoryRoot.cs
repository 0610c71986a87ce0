namespace Notify.Tests.Support;

/// <summary>The folder with <c>Notify.sln</c>: tests read sources, seeds and documents from there, never from a copy.</summary>
internal static class RepositoryRoot
{
    private static readonly Lazy<string> Found = new(() => Find(AppContext.BaseDirectory));

    public static string Path => Found.Value;

    /// <summary>The full path of something in the repository, named the way documents name it: <c>seeds/feed.xml</c>.</summary>
    public static string At(string relativePath) => System.IO.Path.GetFullPath(System.IO.Path.Combine(Path, relativePath));

    private static string Find(string start)
    {
        for (var folder = new DirectoryInfo(start); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(System.IO.Path.Combine(folder.FullName, "Notify.sln")))
                return folder.FullName;
        }

        throw new DirectoryNotFoundException($"No folder with Notify.sln at or above {start}.");
    }
}
