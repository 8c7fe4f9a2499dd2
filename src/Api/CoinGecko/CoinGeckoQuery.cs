using System.Globalization;
using System.Numerics;
using AkkaCrypto.Api.Errors;
using AkkaCrypto.Api.Validation;
using Microsoft.AspNetCore.WebUtilities;

namespace AkkaCrypto.Api.CoinGecko;

/// <summary>
/// Reads a query as CoinGecko does, leniently: unknown parameters count for nothing, of a repeated one the last counts, an empty one is as
/// good as absent. What can't be understood is refused with 422 in CoinGecko's words; check <see cref="Refusal"/> before using anything.
/// </summary>
public sealed class CoinGeckoQuery
{
    /// <summary>Most ids, names, symbols or currencies of one request, as documented.</summary>
    public const int MostItems = 515;

    private readonly Dictionary<string, string> _values = new(StringComparer.Ordinal);

    /// <param name="queryString">As sent, with or without its <c>?</c>.</param>
    public CoinGeckoQuery(string? queryString)
    {
        foreach (var pair in new QueryStringEnumerable(queryString))
        {
            var (name, value) = (pair.DecodeName().ToString(), pair.DecodeValue().ToString());
            if (value.Length > Query.LongestValue)
            {
                Refuse(new Problem(
                    StatusCodes.Status422UnprocessableEntity, ProblemCodes.InvalidRequest,
                    $"A parameter is longer than {Query.LongestValue} characters"));
            }
            else if (value.Length > 0)
            {
                _values[name] = value;
            }
            else
            {
                _values.Remove(name);
            }
        }
    }

    /// <summary>The first fault; null while there is none.</summary>
    public Problem? Refusal { get; private set; }

    public void Refuse(Problem refusal) => Refusal ??= refusal;

    public string? Optional(string name) => _values.GetValueOrDefault(name);

    public string Required(string name)
    {
        if (_values.TryGetValue(name, out var value))
        {
            return value;
        }

        Refuse(CoinGeckoErrors.Missing(name));
        return "";
    }

    public bool Flag(string name, bool whenAbsent = false) => Optional(name) switch
    {
        "true" or "1" => true,
        "false" or "0" => false,
        _ => whenAbsent,
    };

    /// <summary>Tickers are read in any case.</summary>
    public string Currency() => Required("vs_currency").ToLowerInvariant();

    /// <summary>The items of a list in their order, each once, blanks kept; empty where it is absent.</summary>
    public IReadOnlyList<string> List(string name)
    {
        if (Optional(name) is not { } text)
        {
            return [];
        }

        var items = text.Split(',');
        if (items.Length > MostItems)
        {
            Refuse(new Problem(
                StatusCodes.Status422UnprocessableEntity, ProblemCodes.InvalidRequest, $"{name} has more than {MostItems} items"));
            return [];
        }

        return [.. items.Where(item => item.Length > 0).Distinct(StringComparer.Ordinal)];
    }

    /// <summary>A whole number, put within its bounds; what is none counts as absent.</summary>
    public int Number(string name, int whenAbsent, int min, int max) =>
        BigInteger.TryParse(Optional(name), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            ? (int)BigInteger.Clamp(number, min, max)
            : whenAbsent;

    /// <summary><c>full</c> or 0 to 18.</summary>
    public Precision Precision()
    {
        var text = Optional("precision");
        if (CoinGecko.Precision.TryParse(text, out var precision))
        {
            return precision;
        }

        Refuse(CoinGeckoErrors.Invalid("precision"));
        return default;
    }
}
