using System.Globalization;

namespace AkkaCrypto.Hocon;

/// <summary>"Conversion of numerically-indexed objects to arrays" of the specification: keys that are whole numbers from 0, in
/// order.</summary>
internal static class NumericKeys
{
    public static IEnumerable<string> InOrder(IEnumerable<string> keys) =>
        keys.Select(key => (Key: key, Index: Index(key))).Where(pair => pair.Index >= 0)
            .OrderBy(pair => pair.Index).Select(pair => pair.Key);

    private static int Index(string key) =>
        int.TryParse(key, NumberStyles.None, CultureInfo.InvariantCulture, out var index) ? index : -1;
}
