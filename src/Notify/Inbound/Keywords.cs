namespace Notify.Inbound;
public enum Keyword { None, Stop, Start, Help }
internal static class Keywords { public static Keyword Read(string? body) => body?.Trim().ToUpperInvariant() switch { "STOP" => Keyword.Stop, "Y" or "YES" or "START" => Keyword.Start, "HELP" => Keyword.Help, _ => Keyword.None }; }
