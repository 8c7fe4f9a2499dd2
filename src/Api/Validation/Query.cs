using System.Globalization;
using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.Text;
using AkkaCrypto.Pipeline.Market;
using Microsoft.AspNetCore.WebUtilities;

namespace AkkaCrypto.Api.Validation;

/// <summary>
/// Reads one request's query strictly: every parameter known, given once, not empty, of its form. Collects one message per field instead of
/// stopping at the first; a reading method returns a default where it found a fault, so check <see cref="Faults"/> before using anything.
/// </summary>
public sealed class Query
{
    /// <summary>Most items of a list parameter.</summary>
    public const int MostItems = 250;

    /// <summary>Longest value of any parameter, decoded.</summary>
    public const int LongestValue = 8192;

    private const int MostFaults = 20;
    private readonly Dictionary<string, string> _values = new(StringComparer.Ordinal);
    private Dictionary<string, string>? _faults;

    /// <param name="queryString">As sent, with or without its <c>?</c>.</param>
    /// <param name="known">The parameters that the route takes.</param>
    /// <param name="mayBeEmpty">Those of them that without a value count as not given.</param>
    public Query(string? queryString, IReadOnlyList<string> known, IReadOnlyList<string> mayBeEmpty)
    {
        foreach (var pair in new QueryStringEnumerable(queryString))
        {
            var name = pair.DecodeName().ToString();
            if (!pair.EncodedValue.IsEmpty || !mayBeEmpty.Contains(name))
            {
                Take(name, pair.DecodeValue().ToString(), known);
            }
        }
    }

    /// <summary>One message per field; null while there is none.</summary>
    public IReadOnlyDictionary<string, string>? Faults => _faults;

    public string? Optional(string name) => _values.GetValueOrDefault(name);

    public string Required(string name)
    {
        if (_values.TryGetValue(name, out var value))
        {
            return value;
        }

        Fault(name, "is required");
        return "";
    }

    /// <summary>A lower-case name: 1 to 100 of a–z, 0–9, <c>-</c>, <c>_</c>, <c>.</c>, beginning with a letter or digit.</summary>
    public string Name(string name) => Checked(name, Required(name), IsName, NameForm);

    public string Name(string name, string whenAbsent) => Optional(name) is { } value ? Checked(name, value, IsName, NameForm) : whenAbsent;

    /// <summary>A ticker in any case, read as lower case.</summary>
    public string Ticker(string name) => Checked(name, Required(name).ToLowerInvariant(), CurrencyPair.IsTicker, TickerForm);

    public string LowerCaseTicker(string name) => Checked(name, Required(name), CurrencyPair.IsTicker, TickerForm);

    public string Pair(string name) =>
        Checked(name, Required(name), static text => CurrencyPair.TryParse(text, out _), "must be a pair such as btc-krw");

    public IReadOnlyList<string> Names(string name) => List(name, IsName, NameForm);

    public IReadOnlyList<string> Tickers(string name) => List(name, CurrencyPair.IsTicker, TickerForm);

    public string? OneOf(string name, IReadOnlyList<string> choices) =>
        Optional(name) is { } value ? Checked(name, value, choices.Contains, "must be one of " + string.Join(", ", choices)) : null;

    public IReadOnlyList<string> SomeOf(string name, IReadOnlyList<string> choices) =>
        Optional(name) is null ? [] : List(name, choices.Contains, "must be one of " + string.Join(", ", choices));

    /// <summary>A whole number in decimal digits, from <paramref name="min"/> to <paramref name="max"/>.</summary>
    public int Integer(string name, int whenAbsent, int min, int max)
    {
        if (Optional(name) is not { } text)
        {
            return whenAbsent;
        }

        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value >= min && value <= max)
        {
            return value;
        }

        Fault(name, $"must be a whole number from {min} to {max}");
        return whenAbsent;
    }

    /// <summary>ISO 8601, or Unix seconds.</summary>
    public DateTimeOffset? Time(string name)
    {
        if (Optional(name) is not { } text)
        {
            return null;
        }

        if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds))
        {
            if (seconds <= LastUnixSecond)
            {
                return DateTimeOffset.FromUnixTimeSeconds(seconds);
            }
        }
        else if (text.Length <= 40 && ProviderTime.TryParseIso(text, out var time))
        {
            return time.ToDateTimeOffset();
        }

        Fault(name, "must be ISO 8601 such as 2026-01-31T12:00:00Z, or Unix seconds, up to the year 2261");
        return null;
    }

    public PageCursor? Cursor(string name)
    {
        if (Optional(name) is not { } text)
        {
            return null;
        }

        if (PageCursor.TryParse(text, out var cursor))
        {
            return cursor;
        }

        Fault(name, "must be a next_cursor of an earlier answer");
        return null;
    }

    public void Fault(string field, string message)
    {
        _faults ??= new Dictionary<string, string>(StringComparer.Ordinal);
        if (_faults.Count < MostFaults)
        {
            _faults.TryAdd(field, message);
        }
    }

    private const string NameForm = "must be 1 to 100 of a-z, 0-9, '-', '_', '.', beginning with a letter or digit";
    private const string TickerForm = "must be a ticker: 1 to 32 of a-z, 0-9, '.', '_'";

    /// <summary>2261-12-31, the last whole year that <see cref="ProviderTime"/> can hold.</summary>
    private const long LastUnixSecond = 9_214_646_399;

    private void Take(string name, string value, IReadOnlyList<string> known)
    {
        if (!known.Contains(name))
        {
            Fault(Shown(name), known.Count == 0
                ? "is not a parameter of this route, which takes none"
                : "is not a parameter of this route, which takes " + string.Join(", ", known));
        }
        else if (value.Length == 0)
        {
            Fault(name, "must not be empty");
            _values.TryAdd(name, value);
        }
        else if (value.Length > LongestValue)
        {
            Fault(name, $"must be at most {LongestValue} characters");
            _values.TryAdd(name, "");
        }
        else if (!_values.TryAdd(name, value))
        {
            Fault(name, "must be given once");
        }
    }

    private List<string> List(string name, Func<string, bool> isValid, string form)
    {
        var items = Required(name).Split(',', MostItems + 1);
        if (items.Length > MostItems)
        {
            Fault(name, $"must have at most {MostItems} items");
            return [];
        }

        var distinct = new List<string>(items.Length);
        foreach (var item in items)
        {
            if (!isValid(item))
            {
                Fault(name, items.Length == 1 ? form : "each item " + form);
                return [];
            }

            if (!distinct.Contains(item))
            {
                distinct.Add(item);
            }
        }

        return distinct;
    }

    private string Checked(string name, string value, Func<string, bool> isValid, string form)
    {
        if (isValid(value))
        {
            return value;
        }

        Fault(name, form);
        return "";
    }

    private static bool IsName(string text)
    {
        if (text.Length is 0 or > 100 || !(char.IsAsciiLetterLower(text[0]) || char.IsAsciiDigit(text[0])))
        {
            return false;
        }

        foreach (var c in text)
        {
            if (!(char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '-' or '_' or '.'))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>A caller's own words, short and printable, before they go into an answer.</summary>
    private static string Shown(string name)
    {
        var shown = string.Concat(name.Take(64).Select(c => c is >= ' ' and <= '~' ? c : '?'));
        return shown.Length == 0 ? "(empty name)" : shown;
    }
}
