using AkkaCrypto.Api.Hosting;
using AkkaCrypto.Api.Logs;
using AkkaCrypto.Hocon.Binding;
using AkkaCrypto.Storage.Embedded;
using AkkaCrypto.Storage.Postgres;
using Serilog;

if (!ServiceArguments.TryParse(args, out var arguments, out var fault))
{
    await Console.Error.WriteLineAsync($"{fault} {ServiceArguments.Usage}");
    return 2;
}

try
{
    var configuration = new ServiceConfiguration(arguments);
    var settings = configuration.Load();
    await using var board = settings.Logging.Progress && TerminalBoard.IsThere ? TerminalBoard.Install() : null;
    await using var serviceLogs = ServiceLogs.Create(settings, TimeProvider.System);
    var log = serviceLogs.Logger;
    using var logs = LoggerFactory.Create(builder => builder.AddSerilog(log));
    ServiceHost.RefuseTakenAddress(settings.Http);
    using var signals = new StopSignals();
    _ = StartThreads.LendAsync(TimeProvider.System, signals.Stopping);
    var (composition, app) = await Composition.StartAsync(
        settings, configuration, logs, builder => builder.AddSerilog(log), TimeProvider.System, signals.Stopping,
        serviceLogs.Files);
    await using (composition)
    {
        await app.StartAsync(signals.Stopping);
        await Banner.PrintAsync(settings, app.Urls, composition.Simulator, Console.Out);
        await using var progress = board is null ? null : FeedProgress.Start(board, composition.Feeds, TimeProvider.System);
        await signals.WaitAsync();
    }

    return 0;
}
catch (OperationCanceledException)
{
    return 0;
}
catch (Exception refused) when (refused is SettingsException or EmbeddedServerException or DatabaseUnavailableException
    or MigrationException or IOException)
{
    await Console.Error.WriteLineAsync($"AkkaCrypto can't start: {refused.Message}");
    return 1;
}
