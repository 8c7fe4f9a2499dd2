using AkkaCrypto.Api.Hosting;
using AkkaCrypto.Api.Validation;

namespace AkkaCrypto.Api.Logs;

/// <summary>The rows of <c>/logs</c>.</summary>
public static class LogTable
{
    private const string Description =
        "Lines of JSON (NDJSON), oldest first, streamed as gzip from the live file and the rotated ones. Each has time and level first, "
        + "then kind (request, admin, worker), and where it has them trace_id, key_id, route, status, outcome, message, exception. Without "
        + "Accept-Encoding: gzip the body is a gzip file; with it, it is NDJSON under that encoding. An export is audited and logged.";

    private const string Example =
        """
        {"time":"2026-01-31T12:00:00.000Z","level":"information","kind":"request","trace_id":"0HN1","key_id":"demo","method":"GET","route":"/simple_price","status":200,"outcome":"served","milliseconds":0.120}
        """;

    public static IReadOnlyList<ApiRoute> Of(LogExport export, Requests requests) =>
    [
        new("GET", LogExport.Path, "Ops", "ExportLogs", "The log of a time, as gzip NDJSON", Description, LogExport.Parameters, Example,
            [503], requests.HandleStream(
                LogExport.Parameters, LogExport.Parse, [LogExport.Gzip, Media.Ndjson], export.WriteAsync),
            Media: LogExport.Gzip)
        {
            AlsoAs = [Media.Ndjson],
        },
    ];
}
