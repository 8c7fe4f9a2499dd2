using System.Globalization;

namespace AkkaCrypto.Simulator;

/// <summary>The options of the simulator as a program of its own. What isn't known or can't be read is refused, never guessed.</summary>
public static class CommandLine
{
    public const string Usage = "usage: AkkaCrypto.Simulator [--port N] [--seed S] [--pace P]";

    private const long DefaultSeed = 20_260_101;

    /// <returns>The options, or what is wrong with the arguments.</returns>
    public static (SimulatorOptions? Options, string Problem) Read(IReadOnlyList<string> arguments)
    {
        var options = new SimulatorOptions(DefaultSeed);
        for (var i = 0; i < arguments.Count; i += 2)
        {
            if (i + 1 == arguments.Count)
            {
                return (null, $"{arguments[i]}: expected a value\n{Usage}");
            }

            var (name, value) = (arguments[i], arguments[i + 1]);
            var (known, next) = With(options, name, value);
            if (next is null)
            {
                return (null, known ? $"{name}: '{value}' is not a number\n{Usage}" : $"{name}: no such option\n{Usage}");
            }

            options = next;
        }

        var wrong = string.Join("; ", options.Faults());
        return wrong.Length > 0 ? (null, wrong + "\n" + Usage) : (options, "");
    }

    private static (bool Known, SimulatorOptions? Options) With(SimulatorOptions options, string name, string value) => name switch
    {
        "--port" => (true, int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture,
            out var port) ? options with { Port = port } : null),
        "--seed" => (true, long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var seed)
            ? options with { Seed = seed } : null),
        "--pace" => (true, double.TryParse(value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var pace)
            ? options with { Pace = pace } : null),
        _ => (false, null),
    };
}
