using System.Security.Cryptography;
using System.Text;
using Notify.Storage;

namespace Notify.Web;

/// <summary>
/// The installation's root key, and the keys derived from it. It comes from the setting <c>Keys:Root</c> (base64, 32 bytes; a secret file in a
/// container), else from <c>keys/root</c> in the data folder, made at the first start. It is never in the database, so a dump holds no secret.
/// </summary>
public sealed class Keys
{
    private const int Size = 32;

    private readonly byte[] _root;

    public Keys(string? configured, DataFolder folder)
    {
        folder.Create();
        Folder = folder.File("keys");
        _root = configured is { Length: > 0 } ? Decode(configured) : ReadOrMake(Path.Combine(Folder, "root"));
    }

    /// <summary>Where the key files lie; the framework's own protection keys lie beside the root.</summary>
    public string Folder { get; }

    /// <summary>A key for one purpose; another purpose's key tells nothing about it (RFC 5869).</summary>
    public byte[] For(string purpose) => HKDF.DeriveKey(HashAlgorithmName.SHA256, _root, Size, info: Encoding.UTF8.GetBytes(purpose));

    private static byte[] Decode(string text)
    {
        var key = new byte[Size];
        return Convert.TryFromBase64String(text.Trim(), key, out var length) && length == Size
            ? key
            : throw new InvalidOperationException("Keys:Root must be 32 bytes in base64. Make one with: openssl rand -base64 32");
    }

    private static byte[] ReadOrMake(string file)
    {
        if (File.Exists(file))
        {
            return Decode(File.ReadAllText(file));
        }

        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        var made = $"{file}.{Environment.ProcessId}";
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        using (var writer = new StreamWriter(made, options))
        {
            writer.Write(Convert.ToBase64String(RandomNumberGenerator.GetBytes(Size)));
        }

        try
        {
            // Two nodes may start at once: the first to put its file in place wins, and both read that one.
            File.Move(made, file, overwrite: false);
        }
        catch (IOException) when (File.Exists(file))
        {
            File.Delete(made);
        }

        return Decode(File.ReadAllText(file));
    }

    /// <summary>Section <c>Keys</c>, as it stands in the settings.</summary>
    internal sealed class Settings
    {
        public string Root { get; set; } = "";
    }
}
