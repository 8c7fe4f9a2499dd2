namespace AkkaCrypto.Cli;

/// <summary>Finds the verb, prints help, and turns a wrong usage into exit 2.</summary>
internal static class CommandLine
{
    public static async Task<int> RunAsync(
        IReadOnlyList<Verb> verbs, IReadOnlyList<string> arguments, Surroundings surroundings, CancellationToken cancellation)
    {
        if (arguments is [] or ["--help" or "-h" or "help"])
        {
            var wanted = arguments.Count > 0;
            await PrintVerbsAsync(verbs, wanted ? surroundings.Out : surroundings.Error);
            return wanted ? ExitCode.Done : ExitCode.WrongUsage;
        }

        var line = string.Join(' ', arguments) + " ";
        var verb = verbs.Where(candidate => line.StartsWith(candidate.Words + " ", StringComparison.Ordinal))
            .MaxBy(candidate => candidate.Words.Length);
        if (verb is null && arguments is [var group, "--help" or "-h"] && Below(verbs, group) is { Count: > 0 } below)
        {
            await PrintVerbsAsync(below, surroundings.Out);
            return ExitCode.Done;
        }

        if (verb is null)
        {
            await surroundings.Error.WriteLineAsync($"Unknown verb '{line.TrimEnd()}'.");
            await PrintVerbsAsync(Below(verbs, arguments[0]) is { Count: > 0 } meant ? meant : verbs, surroundings.Error);
            return ExitCode.WrongUsage;
        }

        var rest = arguments.Skip(verb.Words.Count(c => c == ' ') + 1).ToList();
        if (rest.Contains("--help") || rest.Contains("-h"))
        {
            await surroundings.Out.WriteLineAsync(verb.Help);
            return ExitCode.Done;
        }

        try
        {
            return await verb.Run(rest, surroundings, cancellation);
        }
        catch (UsageException wrong)
        {
            await surroundings.Error.WriteLineAsync($"{wrong.Message}\n\n{verb.Help}");
            return ExitCode.WrongUsage;
        }
        catch (ServiceConnectionException refused)
        {
            await surroundings.Error.WriteLineAsync(refused.Message);
            return ExitCode.Failed;
        }
    }

    /// <summary>Those of a group such as <c>keys</c>.</summary>
    private static List<Verb> Below(IReadOnlyList<Verb> verbs, string group) =>
        [.. verbs.Where(verb => verb.Words.StartsWith(group + " ", StringComparison.Ordinal))];

    private static async Task PrintVerbsAsync(IReadOnlyList<Verb> verbs, TextWriter to)
    {
        await to.WriteLineAsync("Usage: akkacrypto <verb> [options]\n\nVerbs:");
        var width = verbs.Max(verb => verb.Words.Length);
        foreach (var verb in verbs)
        {
            await to.WriteLineAsync($"  {verb.Words.PadRight(width)}  {verb.Summary}");
        }

        await to.WriteLineAsync("\n'akkacrypto <verb> --help' tells more. Exit: 0 done, 1 refused or failed, 2 wrong usage.");
    }
}
