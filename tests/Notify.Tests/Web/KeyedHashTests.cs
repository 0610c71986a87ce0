using System.Security.Cryptography;
using CsCheck;
using Notify.Web;

namespace Notify.Tests.Web;

public sealed class KeyedHashTests
{
    [Fact]
    public void It_is_the_platforms_own_hash_however_often_and_from_however_many_threads()
    {
        var key = RandomNumberGenerator.GetBytes(32);
        var hash = new KeyedHash(key);

        Gen.Select(Gen.Byte.Array[0, 200], Gen.Int[1, 32]).Sample(
            (data, length) =>
            {
                Span<byte> mac = stackalloc byte[length];
                hash.Make(data, mac);
                return mac.SequenceEqual(HMACSHA256.HashData(key, data).AsSpan(0, length));
            },
            iter: 2_000, threads: 4);
    }
}
