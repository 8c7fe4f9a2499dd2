using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace AkkaCrypto.Api.Validation;

/// <summary>
/// Whether the client has the body already (RFC 9110, 13.1.2, 13.1.3, 13.2.2): <c>If-None-Match</c> by weak comparison, and only where
/// there is none <c>If-Modified-Since</c>. What can't be read is as if it weren't there. For GET and HEAD.
/// </summary>
public static class Preconditions
{
    public static bool AreThere(HttpRequest request) =>
        request.Headers.IfNoneMatch.Count > 0 || request.Headers.IfModifiedSince.Count > 0;

    /// <param name="etag">Strong, with its quotes, of the representation that would be sent.</param>
    /// <param name="modifiedAt">When the body last changed; null: a date says nothing of it.</param>
    public static bool HoldNotModified(HttpRequest request, string etag, DateTimeOffset? modifiedAt, DateTimeOffset now)
    {
        var tags = request.Headers.IfNoneMatch;
        return tags.Count > 0 ? Matches(tags, etag) : IsUnmodified(request.Headers.IfModifiedSince, modifiedAt, now);
    }

    private static bool Matches(StringValues tags, string etag)
    {
        foreach (var line in tags)
        {
            if (line is not null && (line == etag || MatchesAny(line.AsSpan().Trim(), etag)))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary><c>*</c>, or tags with commas between: <c>"a", W/"b"</c>. A tag may hold a comma, so the quotes lead.</summary>
    private static bool MatchesAny(ReadOnlySpan<char> list, ReadOnlySpan<char> etag)
    {
        if (list is "*")
        {
            return true;
        }

        while (list.IndexOf('"') is >= 0 and var start && list[(start + 1)..].IndexOf('"') is >= 0 and var length)
        {
            if (list.Slice(start, length + 2).SequenceEqual(etag))
            {
                return true;
            }

            list = list[(start + length + 2)..];
        }

        return false;
    }

    /// <summary>In whole seconds, for a date has no more. A date that is still to come was never one of ours.</summary>
    private static bool IsUnmodified(StringValues header, DateTimeOffset? modifiedAt, DateTimeOffset now) =>
        header.Count == 1 && modifiedAt is { } modified && HeaderUtilities.TryParseDate(header[0], out var since)
        && since <= now && modified.ToUnixTimeSeconds() <= since.ToUnixTimeSeconds();
}
