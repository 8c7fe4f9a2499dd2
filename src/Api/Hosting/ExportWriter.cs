using AkkaCrypto.Api.Validation;
using AkkaCrypto.Contracts.Market;

namespace AkkaCrypto.Api.Hosting;

/// <summary>
/// Streams records as NDJSON or CSV, one record in memory at a time. A failure under way cuts the connection, so that a part is never taken
/// for the whole.
/// </summary>
public static class ExportWriter
{
    /// <summary>Written bytes are sent at this size, which is where a slow client slows the reading of the database.</summary>
    private const int FlushSize = 32 * 1024;

    /// <param name="records">Already moved to its first record.</param>
    public static async Task WriteAsync(HttpContext context, string media, IAsyncEnumerator<NormalisedRecord> records)
    {
        context.Response.ContentType = media == Media.Csv ? "text/csv; charset=utf-8; header=present" : media;
        if (HttpMethods.IsHead(context.Request.Method))
        {
            return;
        }

        var output = context.Response.BodyWriter;
        using var lines = new NormalisedLines(isCsv: media == Media.Csv);
        do
        {
            lines.Append(output, records.Current);
            if (output.UnflushedBytes >= FlushSize)
            {
                await output.FlushAsync(context.RequestAborted);
            }
        }
        while (await records.MoveNextAsync());

        await output.FlushAsync(context.RequestAborted);
    }
}
