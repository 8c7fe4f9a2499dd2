using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace AkkaCrypto.Contracts.Ledger;

/// <summary>
/// SHA-256 of OpenSSL 3, the one that .NET uses on Linux. .NET lets OpenSSL look for an implementation anew at every hash, which for a
/// few hundred bytes takes three times as long as to hash them; here it is looked up once (OpenSSL's crypto(7): "Explicit fetching").
/// A thread's own; see <see cref="Digests.Sha256"/>.
/// </summary>
internal sealed class OpenSslSha256 : SafeHandle
{
    private const string Library = "libcrypto.so.3";
    private const int Success = 1;

    private static readonly nint Implementation = Fetch();

    private OpenSslSha256()
        : base(0, ownsHandle: true) => SetHandle(NewContext());

    /// <summary>Otherwise there is no such library on this system, or it offers no SHA-256.</summary>
    public static bool IsThere => Implementation != 0;

    public override bool IsInvalid => handle == 0;

    public static OpenSslSha256 Create()
    {
        var created = new OpenSslSha256();
        return created.IsInvalid ? throw new CryptographicException("OpenSSL has no memory for a SHA-256.") : created;
    }

    /// <param name="content">What is hashed.</param>
    /// <param name="hash">Takes the 32 bytes; may be where the content is.</param>
    public void Hash(ReadOnlySpan<byte> content, Span<byte> hash)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(hash.Length, SHA256.HashSizeInBytes);
        if (Begin(handle, Implementation, 0) != Success
            || Add(handle, in MemoryMarshal.GetReference(content), (nuint)content.Length) != Success
            || End(handle, ref MemoryMarshal.GetReference(hash), 0) != Success)
        {
            throw new CryptographicException("OpenSSL could not compute a SHA-256.");
        }

        GC.KeepAlive(this);
    }

    protected override bool ReleaseHandle()
    {
        Free(handle);
        return true;
    }

    private static nint Fetch() =>
        NativeLibrary.TryLoad(Library, out var library) && NativeLibrary.TryGetExport(library, "EVP_DigestInit_ex2", out _)
            ? Fetch(0, "SHA256", 0) : 0;

    [DllImport(Library, EntryPoint = "EVP_MD_fetch", BestFitMapping = false, ThrowOnUnmappableChar = true)]
    private static extern nint Fetch(nint libraryContext, [MarshalAs(UnmanagedType.LPStr)] string algorithm, nint properties);

    [DllImport(Library, EntryPoint = "EVP_MD_CTX_new")]
    private static extern nint NewContext();

    [DllImport(Library, EntryPoint = "EVP_MD_CTX_free")]
    private static extern void Free(nint context);

    [DllImport(Library, EntryPoint = "EVP_DigestInit_ex2")]
    private static extern int Begin(nint context, nint implementation, nint parameters);

    [DllImport(Library, EntryPoint = "EVP_DigestUpdate")]
    private static extern int Add(nint context, in byte content, nuint length);

    [DllImport(Library, EntryPoint = "EVP_DigestFinal_ex")]
    private static extern int End(nint context, ref byte hash, nint length);
}
