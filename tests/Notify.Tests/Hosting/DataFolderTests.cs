using Notify.Storage;
using Notify.Tests.Subscribers;
using Notify.Tests.Support;

namespace Notify.Tests.Hosting;

/// <summary>What lies in the data folder is readers' addresses and the keys to them.</summary>
public sealed class DataFolderTests
{
    [Fact]
    public async Task Nobody_else_on_the_machine_can_look_into_it()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("File modes are Unix's.");
            return;
        }

        using var parent = new TemporaryFolder();
        var folder = Path.Combine(parent.Path, "data");

        await using (await PagesHost.StartAsync($"--Data:Folder={folder}"))
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(folder));
            Assert.True(File.Exists(new DataFolder(folder).File("notify.db")));
        }
    }
}
