using System.Security.Cryptography;
using System.Text;
using Notify.Storage;

namespace Notify.Web;

/// <summary>
/// The installation's root key, and the keys derived from it. It comes from the setting <c>Keys:Root</c> (base64, 32 bytes; a secret file in a
/// container), else from <c>keys/root</c> in the data folder, made at the first start. It is never in the database, so a dump holds no secret.
/// A root that was replaced stays behind it, in <c>Keys:Previous</c> or <c>keys/previous</c>: links in old mails are good for ever.
/// </summary>
public sealed class Keys
{
    private const int Size = 32;

    /// <summary>Newest first.</summary>
    private readonly byte[][] _roots;

    /// <param name="previous">Roots that were replaced, newest first.</param>
    public Keys(string? configured, IEnumerable<string> previous, DataFolder folder)
    {
        folder.Create();
        Folder = folder.File("keys");
        var root = configured is { Length: > 0 } ? Decode(configured, "Keys:Root") : ReadOrMake(Path.Combine(Folder, "root"));
        var kept = Path.Combine(Folder, "previous");
        string[] lines = [.. previous, .. File.Exists(kept) ? File.ReadAllLines(kept) : []];
        _roots = [root, .. lines.Where(line => line.Trim().Length > 0).Select(line => Decode(line, "Each of Keys:Previous, and each line of keys/previous,"))];
    }

    /// <summary>Where the key files lie; the framework's own protection keys lie beside the root.</summary>
    public string Folder { get; }

    /// <summary>A key for one purpose, from the newest root; another purpose's key tells nothing about it (RFC 5869).</summary>
    public byte[] For(string purpose) => Derive(_roots[0], purpose);

    /// <summary>The keys of every root for one purpose, newest first: for what was signed before a root was replaced and must still be recognised.</summary>
    public IReadOnlyList<byte[]> EveryFor(string purpose) => [.. _roots.Select(root => Derive(root, purpose))];

    /// <summary>A key that never changes, from the oldest root: for what lies in the database and is found by it.</summary>
    public byte[] LastingFor(string purpose) => Derive(_roots[^1], purpose);

    private static byte[] Derive(byte[] root, string purpose) => HKDF.DeriveKey(HashAlgorithmName.SHA256, root, Size, info: Encoding.UTF8.GetBytes(purpose));

    private static byte[] Decode(string text, string what)
    {
        var key = new byte[Size];
        return Convert.TryFromBase64String(text.Trim(), key, out var length) && length == Size
            ? key
            : throw new InvalidOperationException($"{what} must be 32 bytes in base64. Make one with: openssl rand -base64 32");
    }

    private static byte[] ReadOrMake(string file)
    {
        if (File.Exists(file))
        {
            return Decode(File.ReadAllText(file), "The file keys/root");
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

        return Decode(File.ReadAllText(file), "The file keys/root");
    }

    /// <summary>Section <c>Keys</c>, as it stands in the settings.</summary>
    internal sealed class Settings
    {
        public string Root { get; set; } = "";

        /// <summary>Roots that were replaced, newest first.</summary>
        public IList<string> Previous { get; set; } = [];
    }
}
