using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace AkkaCrypto.Pipeline.Feeds.Reading;

/// <summary>Strings without escapes.</summary>
internal static class PlainText
{
    /// <summary>Bytes up to the closing quote; below zero where an escape, a control character or the end comes before it.</summary>
    public static int Length(ReadOnlySpan<byte> text)
    {
        var at = 0;
        for (; text.Length - at >= Vector128<byte>.Count; at += Vector128<byte>.Count)
        {
            var some = Vector128.LoadUnsafe(ref MemoryMarshal.GetReference(text), (nuint)at);
            var ends = Vector128.Equals(some, Vector128.Create((byte)'"')) | Vector128.Equals(some, Vector128.Create((byte)'\\'))
                | Vector128.LessThan(some, Vector128.Create((byte)' '));
            var places = ends.ExtractMostSignificantBits();
            if (places != 0)
            {
                at += BitOperations.TrailingZeroCount(places);
                return text[at] == '"' ? at : -1;
            }
        }

        for (; at < text.Length; at++)
        {
            if (text[at] is (byte)'"' or (byte)'\\' or < (byte)' ')
            {
                return text[at] == '"' ? at : -1;
            }
        }

        return -1;
    }
}
