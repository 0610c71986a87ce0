namespace Notify.Tests.Support;

/// <summary>Ids of 8,000 characters that no database packs into less than an index takes.</summary>
internal static class LongIds
{
    public static string Make(int seed)
    {
        var bytes = new byte[4_000];
        new Random(seed).NextBytes(bytes);
        return Convert.ToHexString(bytes);
    }
}
