using System.CommandLine;

namespace Notify.Verbs;

/// <summary>Shows what Notify makes of something, as a JSON line each.</summary>
internal static class Explain
{
    public static Command Verb() => new("explain", "What Notify makes of a text or a feed.");
}
