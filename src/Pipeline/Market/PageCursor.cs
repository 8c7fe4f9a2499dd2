using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace AkkaCrypto.Pipeline.Market;

/// <summary>
/// A place between two records, by key and not by offset, so that inserts don't move it. Its text is opaque to callers:
/// base64url of <c>f|time_ns|id</c> (forwards) or <c>b|time_ns|id</c> (backwards).
/// </summary>
/// <param name="Forwards">True: records after the place come next; false: records before it.</param>
public sealed record PageCursor(bool Forwards, long TimeNs, string Id)
{
    /// <summary>Longer than the cursor of the longest trade id: 128 characters of four bytes, in base64.</summary>
    private const int LongestText = 1024;

    public override string ToString() => Base64Url.EncodeToString(
        Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{(Forwards ? 'f' : 'b')}|{TimeNs}|{Id}")));

    public static bool TryParse(string? text, out PageCursor? cursor)
    {
        cursor = null;
        if (text is not { Length: > 0 and <= LongestText } || !Base64Url.IsValid(text))
        {
            return false;
        }

        if (Encoding.UTF8.GetString(Base64Url.DecodeFromChars(text)).Split('|', 3) is not [var direction, var time, var id]
            || direction is not ("f" or "b")
            || !long.TryParse(time, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var timeNs)
            || id.Contains('\0', StringComparison.Ordinal))
        {
            return false;
        }

        cursor = new PageCursor(direction == "f", timeNs, id);
        return true;
    }
}
