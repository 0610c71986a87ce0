using System.Collections.Frozen;
using System.Reflection;

namespace Notify.Messages;

/// <summary>Words as data: a file for each language, a line for each key, such as <c>read: Read the article</c>.</summary>
internal static class WordFiles
{
    /// <param name="folder">What the names of the embedded files begin with; the language follows.</param>
    public static FrozenDictionary<string, FrozenDictionary<string, string>> Read(string folder)
    {
        var assembly = Assembly.GetExecutingAssembly();
        return assembly.GetManifestResourceNames().Where(name => name.StartsWith(folder, StringComparison.Ordinal)).ToFrozenDictionary(name => name[folder.Length..], name =>
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
            return reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(": ", 2)).ToFrozenDictionary(line => line[0], line => line[1].Trim(), StringComparer.Ordinal);
        }, StringComparer.Ordinal);
    }
}
