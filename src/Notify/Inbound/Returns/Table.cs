namespace Notify.Inbound.Returns;

/// <summary>The tables of this folder: tab-separated lines, built in; lines that begin with # are comments.</summary>
internal static class Table
{
    /// <exception cref="FormatException">A row has other than the expected columns; the message says which.</exception>
    public static IEnumerable<string[]> Rows(string name, int columns)
    {
        using var text = new StreamReader(typeof(Table).Assembly.GetManifestResourceStream($"Inbound.Returns.{name}.tsv")!);
        for (var number = 1; text.ReadLine() is { } line; number++)
        {
            if (line.Length == 0 || line[0] == '#')
            {
                continue;
            }

            var cells = line.Split('\t', StringSplitOptions.TrimEntries);
            yield return cells.Length == columns && !Array.Exists(cells, cell => cell.Length == 0)
                ? cells
                : throw new FormatException($"{name}.tsv, line {number}: write {columns} columns, with tabs between them.");
        }
    }
}
