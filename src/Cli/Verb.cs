namespace AkkaCrypto.Cli;

/// <summary>What a verb may touch outside itself.</summary>
internal sealed record Surroundings(TextWriter Out, TextWriter Error, IReadOnlyDictionary<string, string> Environment, string HoconFolder)
{
    /// <summary>Whether somebody looks at <see cref="Out"/>: then tables and progress bars, else lines for other programs.</summary>
    public bool IsTerminal { get; init; }
}

/// <summary>One verb of the command line; its words are separated by one space, as in <c>config show</c>.</summary>
/// <param name="Words">The words that call it.</param>
/// <param name="Summary">One line for the list of verbs.</param>
/// <param name="Help">The whole help, printed for <c>--help</c>.</param>
/// <param name="Run">Gets the arguments after the verb and answers an <see cref="ExitCode"/>.</param>
internal sealed record Verb(string Words, string Summary, string Help,
    Func<IReadOnlyList<string>, Surroundings, CancellationToken, Task<int>> Run);

internal static class ExitCode
{
    public const int Done = 0;

    /// <summary>Refused or failed.</summary>
    public const int Failed = 1;

    public const int WrongUsage = 2;
}

/// <summary>The command line was not as <c>--help</c> says: exit 2.</summary>
internal sealed class UsageException(string message) : Exception(message);
