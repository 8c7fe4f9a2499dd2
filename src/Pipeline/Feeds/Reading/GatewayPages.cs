using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using AkkaCrypto.Contracts.Ops;

namespace AkkaCrypto.Pipeline.Feeds.Reading;

/// <summary>
/// Errors that are no JSON at all, of what stands before a provider's API: a page (nginx' <c>&lt;title&gt;429 Too Many
/// Requests&lt;/title&gt;</c>, Cloudflare's <c>api.example.com | 521: Web server is down</c>), the XML of a store, or a line of text
/// (<c>error code: 1015</c>, <c>upstream request timeout</c>). Believed only where the page's heading or the whole line says so: a page of
/// anything else, and JSON that is cut off, stay malformed.
/// </summary>
internal static partial class GatewayPages
{
    private const int MostOfPage = 16 * 1024;
    private const int LongestLine = 1_024;
    private const int LongestHeading = 300;

    private static readonly string[] Headings = ["title", "h1", "h2"];
    private static readonly string[] XmlFields = ["Code", "Message"];

    /// <param name="body">What is not JSON.</param>
    /// <param name="number">The HTTP status or the code of the gateway's own that it states.</param>
    public static bool TryRead(ReadOnlySpan<byte> body, out RefusalCode code, [NotNullWhen(true)] out string? said, out string? number)
    {
        (code, said, number) = (default, null, null);
        var text = body.Trim(" \t\r\n"u8);
        var isPage = text is [(byte)'<', ..];
        if (text.IsEmpty || text[0] is (byte)'{' or (byte)'[' or (byte)'"' || (!isPage && text.Length > LongestLine))
        {
            return false;
        }

        var whole = Encoding.UTF8.GetString(text[..Math.Min(text.Length, MostOfPage)]);
        List<string> told = isPage ? HeadingsOf(whole) : [Plain(whole)];
        said = string.Join(" | ", told);
        var meaning = ByNumber(told, isPage, out number) ?? GatewayErrors.MeaningOfPage(said);
        code = meaning ?? default;
        return meaning is not null;
    }

    private static List<string> HeadingsOf(string page)
    {
        var isXml = page.StartsWith("<?xml", StringComparison.OrdinalIgnoreCase) || page.StartsWith("<Error", StringComparison.Ordinal);
        return [.. Headings.Concat(isXml ? XmlFields : []).Select(name => TextOf(page, name)).Where(text => text.Length > 0)];
    }

    /// <summary>The text of the first element of the name; empty where there is none.</summary>
    private static string TextOf(string page, string name)
    {
        const StringComparison AnyCase = StringComparison.OrdinalIgnoreCase;
        for (var at = page.IndexOf($"<{name}", AnyCase); at >= 0; at = page.IndexOf($"<{name}", at + 1, AnyCase))
        {
            var begin = page.IndexOf('>', at);
            if (begin < 0 || char.IsAsciiLetterOrDigit(page[at + name.Length + 1]))
            {
                continue;
            }

            var end = page.IndexOf($"</{name}", begin, AnyCase);
            return Plain(WebUtility.HtmlDecode(Tag().Replace(page[(begin + 1)..(end < 0 ? page.Length : end)], " ")));
        }

        return "";
    }

    private static string Plain(string text)
    {
        var plain = Space().Replace(text, " ").Trim();
        return plain.Length <= LongestHeading ? plain : plain[..LongestHeading];
    }

    /// <summary>By the first number that is stated as a code. A line that only begins with a number says nothing by it alone, unless
    /// nothing follows: <c>500 coins</c> is no error.</summary>
    private static RefusalCode? ByNumber(List<string> told, bool isPage, out string? number)
    {
        foreach (var text in told)
        {
            var match = StatedCode().Match(text);
            if (!match.Success && (isPage || GatewayErrors.MeaningOfPage(text) is not null || text.Length == 3))
            {
                match = LeadingCode().Match(text);
            }

            number = match.Success ? match.Groups["code"].Value : null;
            if (number is not null && GatewayErrors.MeaningOfNumber(number) is { } meaning)
            {
                return meaning;
            }
        }

        number = null;
        return null;
    }

    [GeneratedRegex(@"(?:\b(?:error|code|status|http(?:/[\d.]+)?)[ :#]+|\| )(?<code>\d{3,4})\b", RegexOptions.IgnoreCase)]
    private static partial Regex StatedCode();

    [GeneratedRegex(@"^(?<code>\d{3})\b")]
    private static partial Regex LeadingCode();

    [GeneratedRegex("<[^>]*>")]
    private static partial Regex Tag();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Space();
}
