using AkkaCrypto.Contracts.Market;

namespace AkkaCrypto.Api.Hosting;

/// <summary>What a route gives as CSV and NDJSON: the whole range of a request.</summary>
/// <param name="Blank">Of the records' kind, see <see cref="BlankRecords"/>.</param>
/// <param name="Records">In order, a bounded part of them in memory.</param>
public sealed record Export<TRequest>(
    NormalisedRecord Blank, Func<TRequest, CancellationToken, IAsyncEnumerable<NormalisedRecord>> Records);
