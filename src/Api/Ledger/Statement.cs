using System.Text;
using AkkaCrypto.Actors.Ledger;
using AkkaCrypto.Api.Errors;
using AkkaCrypto.Api.Validation;

namespace AkkaCrypto.Api.Ledger;

/// <summary>
/// <c>GET /wallets/{id}/statement</c>: entries of a time as CSV, streamed, one in memory at a time. A failure under way cuts the
/// connection, so that a part is never taken for the whole.
/// </summary>
public sealed class Statement(LedgerReader reader, WalletReads wallets)
{
    private const int FlushSize = 32 * 1024;
    private static readonly DateTimeOffset Always = new(1970, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset Never = new(2262, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public sealed record Request(DateTimeOffset From, DateTimeOffset To);

    public static Request Parse(Query query)
    {
        var (from, to) = (query.Time("from") ?? Always, query.Time("to") ?? Never);
        if (from >= to)
        {
            query.Fault("to", "must be after from");
        }

        return new(from, to);
    }

    public async Task WriteAsync(HttpContext context, Request request)
    {
        if (await wallets.FindAsync(context) is not { } wallet)
        {
            await ProblemWriter.WriteAsync(context, LedgerProblems.WalletNotFound);
            return;
        }

        context.Response.ContentType = "text/csv; charset=utf-8; header=present";
        context.Response.Headers.CacheControl = "no-store";
        if (HttpMethods.IsHead(context.Request.Method))
        {
            return;
        }

        var output = context.Response.BodyWriter;
        Encoding.UTF8.GetBytes(EntryText.Columns, output);
        await foreach (var entry in reader.StatementAsync(wallet.Id, request.From, request.To, context.RequestAborted))
        {
            Encoding.UTF8.GetBytes(EntryText.Line(entry, wallet.Decimals), output);
            if (output.UnflushedBytes >= FlushSize)
            {
                await output.FlushAsync(context.RequestAborted);
            }
        }

        await output.FlushAsync(context.RequestAborted);
    }
}
