using System.Buffers.Binary;

namespace AkkaCrypto.Pipeline.Auth;

/// <summary>32 bytes of a keyed hash, as a value that a dictionary can find without an allocation.</summary>
public readonly record struct KeyDigest(UInt128 Low, UInt128 High)
{
    private const int Half = 16;

    /// <param name="bytes">32 of them.</param>
    public static KeyDigest Of(ReadOnlySpan<byte> bytes) =>
        new(BinaryPrimitives.ReadUInt128LittleEndian(bytes), BinaryPrimitives.ReadUInt128LittleEndian(bytes[Half..]));

    public byte[] ToArray()
    {
        var bytes = new byte[Half * 2];
        BinaryPrimitives.WriteUInt128LittleEndian(bytes, Low);
        BinaryPrimitives.WriteUInt128LittleEndian(bytes.AsSpan(Half), High);
        return bytes;
    }
}
