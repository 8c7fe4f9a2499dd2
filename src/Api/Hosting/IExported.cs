using AkkaCrypto.Contracts.Market;

namespace AkkaCrypto.Api.Hosting;

/// <summary>A request whose answer can be had as CSV, whose columns stand there without a row too.</summary>
public interface IExported
{
    /// <summary>Any record of the kind that the export has.</summary>
    NormalisedRecord Sample { get; }
}
