using AkkaCrypto.Contracts.Settings;
using AkkaCrypto.Hocon;
using AkkaCrypto.Hocon.Binding;
using AkkaCrypto.Hocon.Configuration;

namespace AkkaCrypto.Cli.Config;

/// <summary><c>akkacrypto config show</c>: the resolved tree as JSON on standard output, and nothing else there.</summary>
internal static class ConfigShow
{
    public static readonly Verb Verb = new(
        "config show",
        "print the resolved configuration as JSON",
        """
        Usage: akkacrypto config show [--profile NAME] [--config FILE] [--path PATH]
               akkacrypto config show --file FILE [--path PATH]

        Prints the resolved configuration as JSON. The service's own is checked as at its start, and secrets are shown as ***.

          --profile NAME  demo (default), live or env
          --config FILE   HOCON laid over the profile
          --path PATH     print only what is at this path, such as akkacrypto.streams.trades
          --file FILE     resolve FILE alone: no profile, no schema, nothing hidden; environment variables answer its substitutions

        Exit: 0 printed, 1 can't be resolved or doesn't hold (file and line on standard error), 2 wrong usage.
        """,
        RunAsync);

    private static async Task<int> RunAsync(IReadOnlyList<string> arguments, Surroundings surroundings, CancellationToken cancellation)
    {
        var options = Options.Parse(arguments, "--profile", "--config", "--path", "--file");
        var file = options.GetValueOrDefault("--file");
        if (file is not null && (options.ContainsKey("--profile") || options.ContainsKey("--config")))
        {
            throw new UsageException("--file resolves one file alone: it can't be given together with --profile or --config.");
        }

        var path = PathOf(options.GetValueOrDefault("--path"));
        try
        {
            var root = file is null ? Service(options, surroundings) : HoconDocument.Load(file, surroundings.Environment).Root;
            await surroundings.Out.WriteLineAsync(HoconJson.Render(At(root, path), file is null ? SettingSecrets.IsSecret : null, path));
            return ExitCode.Done;
        }
        catch (Exception refused) when (refused is HoconException or SettingsException)
        {
            await surroundings.Error.WriteLineAsync(refused.Message);
            return ExitCode.Failed;
        }
    }

    private static HoconObject Service(IReadOnlyDictionary<string, string> options, Surroundings surroundings)
    {
        var profile = options.GetValueOrDefault("--profile", "demo");
        var root = HoconConfiguration
            .Load(surroundings.HoconFolder, profile, options.GetValueOrDefault("--config"), surroundings.Environment).Object;
        SettingsBinder.Bind<AkkaCryptoSettings>(root, HoconConfiguration.RootPath).OrThrow();
        return root;
    }

    private static HoconPath PathOf(string? text)
    {
        try
        {
            return text is null ? HoconPath.Root : HoconPath.Parse(text);
        }
        catch (HoconException wrong)
        {
            throw new UsageException($"--path: {wrong.Message}.");
        }
    }

    private static HoconValue At(HoconValue root, HoconPath path)
    {
        HoconValue? value = path.IsRoot ? root : null;
        (root as HoconObject)?.TryGet(path, out value);
        return value ?? throw new HoconException(root.Origin, $"found nothing at {path}");
    }
}
