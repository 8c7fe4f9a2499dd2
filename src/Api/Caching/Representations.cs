using System.Buffers;
using System.IO.Compression;
using System.Security.Cryptography;
using AkkaCrypto.Api.Validation;
using Microsoft.Extensions.Primitives;

namespace AkkaCrypto.Api.Caching;

/// <summary>
/// One body in the codings in which it was asked for: compressed once, by the first who asks, and kept beside the plain bytes. Each has a
/// strong entity tag of its own, made of the body's digest, so that every node and every start gives the same bytes the same tag.
/// </summary>
public sealed class Representations
{
    private const int DigestBytes = 16;

    /// <summary>Of 11: past it a chart takes several times as long for a few percent.</summary>
    private const int BrotliQuality = 5;
    private const int BrotliWindow = 22;

    private readonly ReadOnlyMemory<byte> _body;
    private readonly StringValues[] _etags;
    private readonly Lazy<Task<ReadOnlyMemory<byte>>> _gzip;
    private readonly Lazy<Task<ReadOnlyMemory<byte>>> _brotli;
    private long _codedBytes;

    public Representations(ReadOnlyMemory<byte> body)
    {
        _body = body;
        var digest = Convert.ToHexStringLower(SHA256.HashData(body.Span), 0, DigestBytes);
        _etags = [$"\"{digest}\"", $"\"{digest}-gzip\"", $"\"{digest}-br\""];
        _gzip = new(() => Task.Run(() => Kept(Gzip(body))));
        _brotli = new(() => Task.Run(() => Kept(Brotli(body.Span))));
    }

    /// <summary>Of the codings that were made.</summary>
    public long CodedBytes => Volatile.Read(ref _codedBytes);

    /// <summary>Told how many bytes a coding has added, once for each.</summary>
    public Action<int>? Grown { get; set; }

    public StringValues ETag(Coding coding) => _etags[(int)coding];

    /// <summary>Whether the bodies are equal.</summary>
    public bool IsOf(Representations other) => _etags[0] == other._etags[0];

    public ValueTask<ReadOnlyMemory<byte>> BytesAsync(Coding coding) => coding switch
    {
        Coding.Identity => new(_body),
        Coding.Gzip => new(_gzip.Value),
        Coding.Brotli => new(_brotli.Value),
    };

    /// <summary>Makes the codings that an earlier body was asked for, so that who asks for them next doesn't wait.</summary>
    public Task PrepareAsync(Representations earlier) => Task.WhenAll(
        earlier._gzip.IsValueCreated ? _gzip.Value : Task.CompletedTask,
        earlier._brotli.IsValueCreated ? _brotli.Value : Task.CompletedTask);

    private ReadOnlyMemory<byte> Kept(ReadOnlyMemory<byte> coded)
    {
        Interlocked.Add(ref _codedBytes, coded.Length);
        Grown?.Invoke(coded.Length);
        return coded;
    }

    private static ReadOnlyMemory<byte> Gzip(ReadOnlyMemory<byte> body)
    {
        using var buffer = new MemoryStream();
        using (var gzip = new GZipStream(buffer, CompressionLevel.Optimal, leaveOpen: true))
        {
            gzip.Write(body.Span);
        }

        return buffer.ToArray();
    }

    private static ReadOnlyMemory<byte> Brotli(ReadOnlySpan<byte> body)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(BrotliEncoder.GetMaxCompressedLength(body.Length));
        try
        {
            return BrotliEncoder.TryCompress(body, buffer, out var written, BrotliQuality, BrotliWindow)
                ? buffer.AsSpan(0, written).ToArray()
                : throw new InvalidOperationException("Brotli needs more than its own bound.");
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
