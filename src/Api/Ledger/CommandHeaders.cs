using System.Globalization;
using AkkaCrypto.Api.Errors;
using Microsoft.Extensions.Primitives;

namespace AkkaCrypto.Api.Ledger;

/// <summary>What the headers of a command to a wallet say.</summary>
/// <param name="Key">The idempotency key, without quotes.</param>
/// <param name="IfVersion">The version of <c>If-Match</c>; null: any.</param>
public sealed record CommandHeaders(string Key, long? IfVersion)
{
    public const string LongName = "X-Idempotency-Key";
    public const string ShortName = "Idempotency-Key";

    private const int LongestKey = 255;

    private const string KeyForm =
        "must be 1 to 255 visible ASCII characters, bare or in double quotes, in X-Idempotency-Key or Idempotency-Key";

    /// <summary>Null, with the problem, where they can't be read.</summary>
    public static CommandHeaders? Read(IHeaderDictionary headers, out Problem? problem)
    {
        problem = null;
        var sent = new HashSet<string>(StringComparer.Ordinal);
        foreach (var value in headers[LongName].Concat(headers[ShortName]))
        {
            if (KeyOf(value) is not { } key)
            {
                problem = Problem.Invalid(LongName, KeyForm);
                return null;
            }

            sent.Add(key);
        }

        if (sent.Count != 1)
        {
            problem = Problem.Invalid(LongName, sent.Count == 0
                ? "is required: a key of the caller's own, so that a repetition of this request has no second effect; it " + KeyForm
                : "and Idempotency-Key must not differ, nor be given twice with different keys");
            return null;
        }

        if (!TryReadVersion(headers.IfMatch, out var version))
        {
            problem = Problem.Invalid("If-Match", "must be one version of the wallet, as \"7\", or *");
            return null;
        }

        return new(sent.Single(), version);
    }

    private static string? KeyOf(string? value)
    {
        var text = value?.Trim(' ', '\t') ?? "";
        var key = text is ['"', .., '"'] and not "\"" ? text[1..^1] : text;
        return key.Length is > 0 and <= LongestKey && !key.AsSpan().ContainsAnyExceptInRange('!', '~') ? key : null;
    }

    private static bool TryReadVersion(StringValues header, out long? version)
    {
        version = null;
        if (header.Count == 0 || (header.Count == 1 && header[0] == "*"))
        {
            return true;
        }

        if (header.Count > 1 || !long.TryParse(header[0]?.Trim('"'), NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            return false;
        }

        version = number;
        return true;
    }
}
