using AkkaCrypto.Contracts.Settings;
using Serilog;
using Serilog.Core;
using Serilog.Events;
using Serilog.Formatting.Json;

namespace AkkaCrypto.Api.Hosting;

/// <summary>Serilog: structured JSON to files that rotate by day and size, readable lines to the console.</summary>
public static class Logs
{
    private const string Line = "{Timestamp:HH:mm:ss.fff} {Level:u3} {SourceContext}: {Message:lj}{NewLine}{Exception}";

    /// <summary>
    /// The files are <c>&lt;data-dir&gt;/&lt;folder&gt;/akkacrypto-20260131.json</c>, with <c>_001</c> … where a day fills several.
    /// </summary>
    public static Logger Create(AkkaCryptoSettings settings)
    {
        var logging = settings.Logging;
        return new LoggerConfiguration()
            .MinimumLevel.Is(LevelOf(logging.Level))
            .MinimumLevel.Override("Microsoft", LogEventLevel.Warning)
            // The host's own request diagnostics make an activity for each request; RequestLog says the same for less.
            .MinimumLevel.Override("Microsoft.AspNetCore.Hosting.Diagnostics", LevelAlias.Off)
            .Enrich.WithProperty("profile", settings.Profile)
            .WriteTo.Console(outputTemplate: Line, formatProvider: System.Globalization.CultureInfo.InvariantCulture)
            .WriteTo.File(
                new JsonFormatter(renderMessage: true, formatProvider: System.Globalization.CultureInfo.InvariantCulture),
                Path.Combine(settings.DataDir, logging.Folder, "akkacrypto-.json"),
                fileSizeLimitBytes: logging.FileMaxBytes, rollOnFileSizeLimit: true, rollingInterval: RollingInterval.Day,
                retainedFileCountLimit: logging.FilesKept)
            .CreateLogger();
    }

    private static LogEventLevel LevelOf(string level) => level switch
    {
        "verbose" => LogEventLevel.Verbose,
        "debug" => LogEventLevel.Debug,
        "warning" => LogEventLevel.Warning,
        "error" => LogEventLevel.Error,
        _ => LogEventLevel.Information,
    };
}
