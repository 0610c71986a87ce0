namespace Notify.Storage;

/// <summary>
/// Where this installation keeps its files: the setting <c>Data:Folder</c>, else <c>data/</c> beside the solution a developer runs from,
/// else <c>data/</c> in the current folder.
/// </summary>
public sealed class DataFolder
{
    public DataFolder(string? configured)
    {
        Path = System.IO.Path.GetFullPath(configured is { Length: > 0 } ? configured : System.IO.Path.Combine(Solution() ?? Directory.GetCurrentDirectory(), "data"));
    }

    public string Path { get; }

    /// <summary>Makes the folder: readers' addresses are in it, so nobody else on the machine may look inside.</summary>
    public void Create()
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(Path);
            return;
        }

        Directory.CreateDirectory(Path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    public string File(string name) => System.IO.Path.Combine(Path, name);

    /// <summary>The folder of the solution this binary was built in; null once published.</summary>
    public static string? Solution()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (System.IO.File.Exists(System.IO.Path.Combine(folder.FullName, "Notify.sln")))
            {
                return folder.FullName;
            }
        }

        return null;
    }

    /// <summary>Section <c>Data</c>, as it stands in the settings.</summary>
    internal sealed class Settings
    {
        public string Folder { get; set; } = "";
    }
}
