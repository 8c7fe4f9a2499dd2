using AkkaCrypto.Api.Validation;
using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.Settings;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace AkkaCrypto.Api.Hosting;

/// <summary>
/// Streams records as NDJSON or CSV, one record in memory at a time. A failure under way cuts the connection, so that a part is never taken
/// for the whole; so does a client that reads more slowly than <c>http.slowest-export-bytes</c>.
/// </summary>
public sealed class ExportWriter(HttpSettings http)
{
    /// <summary>Written bytes are sent at this size, which is where a slow client slows the reading of the database.</summary>
    private const int FlushSize = 32 * 1024;

    private readonly MinDataRate _slowest = new(http.SlowestExportBytes, http.SlowestExportGrace);

    /// <param name="blank">Of the records' kind.</param>
    /// <param name="records">Already moved to its first record; null: there is none.</param>
    public async Task WriteAsync(
        HttpContext context, string media, NormalisedRecord blank, IAsyncEnumerator<NormalisedRecord>? records)
    {
        context.Response.ContentType = media == Media.Csv ? "text/csv; charset=utf-8; header=present" : media;
        if (HttpMethods.IsHead(context.Request.Method))
        {
            return;
        }

        if (HttpProtocol.IsHttp11(context.Request.Protocol) && context.Features.Get<IHttpMinResponseDataRateFeature>() is { } pace)
        {
            pace.MinDataRate = _slowest;
        }

        var output = context.Response.BodyWriter;
        using var lines = new NormalisedLines(isCsv: media == Media.Csv);
        lines.Begin(output, blank);
        for (var isThere = records is not null; isThere; isThere = await records!.MoveNextAsync())
        {
            lines.Append(output, records!.Current);
            if (output.UnflushedBytes >= FlushSize)
            {
                await output.FlushAsync(context.RequestAborted);
            }
        }

        await output.FlushAsync(context.RequestAborted);
    }
}
