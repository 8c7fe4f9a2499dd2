using System.Globalization;

namespace AkkaCrypto.Api.Hosting;

/// <summary>The command line of the service. What is not given is left to the configuration.</summary>
/// <param name="Profile"><c>demo</c>, <c>live</c> or <c>env</c>.</param>
/// <param name="Config">HOCON file laid over the profile.</param>
public sealed record ServiceArguments(string Profile, int? Port, string? DataDir, string? Config)
{
    public const string Usage = "usage: AkkaCrypto.Api [--profile demo|live|env] [--port N] [--data DIR] [--config FILE]";

    private static readonly string[] Profiles = ["demo", "live", "env"];

    /// <summary>False with what is wrong in <paramref name="fault"/>.</summary>
    public static bool TryParse(IReadOnlyList<string> arguments, out ServiceArguments parsed, out string fault)
    {
        parsed = new ServiceArguments("demo", null, null, null);
        fault = "";
        for (var i = 0; i < arguments.Count; i += 2)
        {
            if (i + 1 == arguments.Count || arguments[i + 1].Length == 0)
            {
                fault = $"{arguments[i]} needs a value, or is no option.";
                return false;
            }

            if (!parsed.TryTake(arguments[i], arguments[i + 1], out parsed, out fault))
            {
                return false;
            }
        }

        return true;
    }

    private bool TryTake(string option, string value, out ServiceArguments with, out string fault)
    {
        (with, fault) = option switch
        {
            "--profile" when Profiles.Contains(value) => (this with { Profile = value }, ""),
            "--profile" => (this, $"--profile is one of {string.Join(", ", Profiles)}, not '{value}'."),
            "--port" when int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port <= 65_535 =>
                (this with { Port = port }, ""),
            "--port" => (this, $"--port is a whole number from 0 to 65535, not '{value}'."),
            "--data" => (this with { DataDir = value }, ""),
            "--config" => (this with { Config = value }, ""),
            _ => (this, $"There is no option '{option}'."),
        };
        return fault.Length == 0;
    }
}
