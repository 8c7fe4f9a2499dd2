using System.Text.RegularExpressions;

namespace AkkaCrypto.Api.Logs;

/// <summary>
/// The last fence before the log: nothing here means to log a secret, but a message of a library or a provider may carry one. What has the
/// form of an API key of ours, a JWT, or a named secret (<c>password=…</c>, <c>authorization: …</c>, <c>x_cg_demo_api_key=…</c>) is hidden.
/// </summary>
internal static partial class LogSecrets
{
    private const string Stars = "***";

    public static string Hidden(string text) => MayHold().IsMatch(text) ? Secret().Replace(text, Keep) : text;

    private static string Keep(Match match) => match.Groups["name"].Value + Stars;

    /// <summary>A quick look: most lines hold none of these words.</summary>
    [GeneratedRegex(
        "ak_|eyJ|key|secret|password|pwd|token|authorization|bearer", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex MayHold();

    [GeneratedRegex(
        """
        \bak_[a-z]+_[A-Za-z0-9_]{8,}
        |\beyJ[\w-]{8,}\.[\w-]+\.[\w-]*
        |(?<name>\bbearer\s+)[^\s"',;]+
        |(?<name>[\w-]*(?:api[_-]?key|secret|password|pwd|token|authorization)[\\"']*\s*[=:]\s*[\\"']*(?:bearer\s+)?)[^\s\\"',;&]+
        """,
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture
        | RegexOptions.IgnorePatternWhitespace)]
    private static partial Regex Secret();
}
