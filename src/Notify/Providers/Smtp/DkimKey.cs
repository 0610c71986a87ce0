using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Crypto.Signers;
using Org.BouncyCastle.Security;

namespace Notify.Providers.Smtp;

/// <summary>A private key that signs mails, and what of it stands in the DNS.</summary>
internal abstract class DkimKey : IDisposable
{
    /// <summary>RFC 8301, 3.2: signers should use at least 2048 bits.</summary>
    public const int ShortestRsaKey = 2048;

    private DkimKey()
    {
    }

    /// <summary>The <c>a=</c> of a signature.</summary>
    public string Algorithm => Type + "-sha256";

    /// <summary>The <c>k=</c> of the record.</summary>
    public abstract string Type { get; }

    /// <summary>What the record must say for signatures to hold.</summary>
    public string Record => $"v=DKIM1; k={Type}; p={Convert.ToBase64String(Public)}";

    /// <summary>The <c>p=</c> of the record, before its base64.</summary>
    protected abstract byte[] Public { get; }

    /// <exception cref="DkimKeyException">The file holds none that can be used; the text says why, and nothing of the key.</exception>
    public static DkimKey ReadRsa(string file)
    {
        using var key = RSA.Create();
        var parameters = Read(file, "RSA", pem =>
        {
            key.ImportFromPem(pem);
            return key.ExportParameters(includePrivateParameters: true);
        });
        return key.KeySize >= ShortestRsaKey
            ? new Rsa(parameters, key.ExportSubjectPublicKeyInfo())
            : throw new DkimKeyException(string.Create(CultureInfo.InvariantCulture, $"holds a key of {key.KeySize} bits; at least {ShortestRsaKey} are needed"));
    }

    /// <inheritdoc cref="ReadRsa"/>
    public static DkimKey ReadEd25519(string file) => new Ed25519(Read(file, "Ed25519", pem =>
    {
        var fields = PemEncoding.Find(pem);
        return (Ed25519PrivateKeyParameters)PrivateKeyFactory.CreateKey(Convert.FromBase64String(pem[fields.Base64Data]));
    }));

    /// <param name="hash">The SHA-256 of what is signed; Ed25519 signs the hash too (RFC 8463, 3).</param>
    public abstract byte[] Sign(byte[] hash);

    /// <summary>Whether the key that stands in the DNS is the other half of this one.</summary>
    public abstract bool IsPublishedAs(byte[] published);

    public abstract void Dispose();

    private static T Read<T>(string file, string kind, Func<string, T> read)
    {
        try
        {
            return read(File.ReadAllText(file));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DkimKeyException("cannot be read");
        }
        catch (Exception e) when (e is ArgumentException or CryptographicException or FormatException or InvalidCastException or GeneralSecurityException)
        {
            throw new DkimKeyException($"holds no {kind} private key in PEM that has no password");
        }
    }

    private sealed class Rsa(RSAParameters parameters, byte[] spki) : DkimKey
    {
        /// <summary>A key that two threads use at once is nobody's promise; each signature takes one for itself.</summary>
        private readonly ConcurrentBag<RSA> _keys = [];

        public override string Type => "rsa";

        protected override byte[] Public => spki;

        public override byte[] Sign(byte[] hash)
        {
            var key = _keys.TryTake(out var known) ? known : RSA.Create(parameters);
            var signature = key.SignHash(hash, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
            _keys.Add(key);
            return signature;
        }

        /// <summary>As everybody writes it, with its algorithm's name, or bare as RFC 6376, 3.6.1 says.</summary>
        public override bool IsPublishedAs(byte[] published)
        {
            using var bare = RSA.Create(parameters);
            return published.AsSpan().SequenceEqual(spki) || published.AsSpan().SequenceEqual(bare.ExportRSAPublicKey());
        }

        public override void Dispose()
        {
            while (_keys.TryTake(out var key))
            {
                key.Dispose();
            }
        }
    }

    private sealed class Ed25519(Ed25519PrivateKeyParameters key) : DkimKey
    {
        public override string Type => "ed25519";

        /// <summary>The 32 octets alone (RFC 8463, 4).</summary>
        protected override byte[] Public => key.GeneratePublicKey().GetEncoded();

        public override byte[] Sign(byte[] hash)
        {
            var signer = new Ed25519Signer();
            signer.Init(forSigning: true, key);
            signer.BlockUpdate(hash, 0, hash.Length);
            return signer.GenerateSignature();
        }

        public override bool IsPublishedAs(byte[] published) => published.AsSpan().SequenceEqual(Public);

        public override void Dispose()
        {
        }
    }
}

/// <summary>A signing key that cannot be used; the message ends a sentence that begins with the file's setting.</summary>
internal sealed class DkimKeyException(string message) : Exception(message);
