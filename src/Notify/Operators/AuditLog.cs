using Notify.Storage;

namespace Notify.Operators;

/// <summary>Who did what, for years: a line in the transaction of the deed where there is one, else just before it.</summary>
internal static class AuditLog
{
    /// <summary>Longer deeds are cut; what they were about can be looked up by its id.</summary>
    private const int MaxLength = 500;

    /// <param name="who">An operator's address, or <c>key</c> and the key's name.</param>
    /// <param name="did">A sentence without a subject, such as <c>paused everything</c>; never a reader's address.</param>
    public static async Task AddAsync(Write write, string who, string did)
    {
        var now = await write.NowAsync();
        await write.ExecuteAsync("INSERT INTO audit (id, at, who, did) VALUES (@id, @now, @who, @did)",
            ("id", Guid.CreateVersion7(now)), ("now", now), ("who", who), ("did", did.Length > MaxLength ? did[..MaxLength] : did));
    }
}
