using System.Globalization;
using AkkaCrypto.Contracts.Settings;
using AkkaCrypto.Pipeline.Stages;
using Serilog;
using Serilog.Core;
using Serilog.Events;
using Serilog.Filters;

namespace AkkaCrypto.Api.Logs;

/// <summary>Serilog before two places: JSON lines in <see cref="LogFiles"/>, and readable lines on the console.</summary>
public sealed class ServiceLogs : IAsyncDisposable
{
    private const string Line = "{Timestamp:HH:mm:ss.fff} {Level:u3} {SourceContext}: {Message:lj}{NewLine}{Exception}";

    private ServiceLogs(LogFiles files, Logger logger) => (Files, Logger) = (files, logger);

    public LogFiles Files { get; }

    public Logger Logger { get; }

    public static ServiceLogs Create(AkkaCryptoSettings settings, TimeProvider time)
    {
        var logging = settings.Logging;
        var files = new LogFiles(
            new LogFilesOptions(Path.Combine(settings.DataDir, logging.Folder), logging.FileMaxBytes, logging.FilesKept), time);
        var logger = new LoggerConfiguration()
            .MinimumLevel.Is(LevelOf(logging.Level))
            .MinimumLevel.Override("Microsoft", LogEventLevel.Warning)
            // The host's own request diagnostics make an activity for each request; RequestLog says the same for less.
            .MinimumLevel.Override("Microsoft.AspNetCore.Hosting.Diagnostics", LevelAlias.Off)
            // What a feed commits is the files' to keep; on the console the progress lines say it better.
            .WriteTo.Logger(console => console.Filter.ByExcluding(IsRoutine)
                .WriteTo.Console(outputTemplate: Line, formatProvider: CultureInfo.InvariantCulture))
            // RequestLog has written its own line there.
            .WriteTo.Logger(file => file.Filter.ByExcluding(Matching.FromSource<RequestLog>()).WriteTo.Sink(files))
            .CreateLogger();
        return new ServiceLogs(files, logger);
    }

    public async ValueTask DisposeAsync()
    {
        await Logger.DisposeAsync();
        await Files.DisposeAsync();
    }

    private static bool IsRoutine(LogEvent logEvent) =>
        logEvent.Level < LogEventLevel.Warning
        && logEvent.Properties.TryGetValue("EventId", out var id) && id is StructureValue { Properties: var parts }
        && parts.Any(part => part is { Name: "Name", Value: ScalarValue { Value: nameof(BatchWrite.Routine) } });

    private static LogEventLevel LevelOf(string level) => level switch
    {
        "verbose" => LogEventLevel.Verbose,
        "debug" => LogEventLevel.Debug,
        "warning" => LogEventLevel.Warning,
        "error" => LogEventLevel.Error,
        _ => LogEventLevel.Information,
    };
}
