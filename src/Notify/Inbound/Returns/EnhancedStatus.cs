namespace Notify.Inbound.Returns;

/// <summary>Status codes of RFC 3463, where a service says no more.</summary>
internal static class EnhancedStatus
{
    /// <summary>The address itself is bad, for good (RFC 3463, 3.2; x.1.10 is RFC 7505). Another 5 says little: most of what is refused with one is refused because of the sender or for a while.</summary>
    public static bool IsAboutTheAddress(string? status) => status is "5.1.1" or "5.1.2" or "5.1.3" or "5.1.6" or "5.1.10";
}
