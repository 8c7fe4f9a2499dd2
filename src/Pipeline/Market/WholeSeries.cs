using System.Runtime.CompilerServices;
using AkkaCrypto.Contracts.Market;

namespace AkkaCrypto.Pipeline.Market;

/// <summary>A range of a series from its first record to its last, read in pages.</summary>
public static class WholeSeries
{
    private const int PageSize = 1000;

    /// <summary>Oldest first, one page in memory at a time; the range's limit and cursor are of single pages and count for nothing
    /// here.</summary>
    public static async IAsyncEnumerable<NormalisedRecord> ReadAsync<TRecord>(
        PageRequest range, Func<PageRequest, CancellationToken, Task<Page<TRecord>>> read,
        [EnumeratorCancellation] CancellationToken cancellationToken)
        where TRecord : NormalisedRecord
    {
        var request = new PageRequest(range.From ?? DateTimeOffset.UnixEpoch, range.To, PageSize, null);
        while (true)
        {
            var page = await read(request, cancellationToken);
            foreach (var record in page.Records)
            {
                yield return record;
            }

            if (page.Next is null)
            {
                yield break;
            }

            request = request with { Cursor = page.Next };
        }
    }

    /// <summary>The buckets of a chart from <paramref name="from"/> on (null: the first), oldest first, one page in memory at a
    /// time.</summary>
    /// <param name="read">Gives so many buckets from a time on.</param>
    public static async IAsyncEnumerable<ChartBucket> ReadChartAsync(
        DateTimeOffset? from, Func<DateTimeOffset?, int, CancellationToken, Task<IReadOnlyList<ChartBucket>>> read,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (true)
        {
            var page = await read(from, PageSize, cancellationToken);
            foreach (var bucket in page)
            {
                yield return bucket;
            }

            if (page.Count < PageSize)
            {
                yield break;
            }

            from = page[^1].Start.AddMicroseconds(1); // PostgreSQL's smallest step
        }
    }
}
