using AkkaCrypto.Api.Hosting;

namespace AkkaCrypto.Api.CoinGecko;

/// <summary>The reads of one path below <c>/api/v3</c>: from memory, or by a load that all who wait for the same share.</summary>
/// <param name="key">Equal for requests that mean the same, of the path's variable segment (empty where it has none) and its query.</param>
/// <param name="load">Not cancelled by any one caller.</param>
public sealed class CoinRead<TRequest>(
    CoinAnswers cache, Func<string, TRequest, string> key, Func<string, TRequest, Task<Answer>> load)
    where TRequest : class
{
    /// <summary>The answer if memory has it at this moment.</summary>
    public Answer? Find(string id, TRequest request) => cache.Find(key(id, request));

    public ValueTask<Answer> AnswerAsync(string id, TRequest request, CancellationToken cancellationToken) => cache.GetAsync(
        key(id, request), (Load: load, Id: id, Request: request), static state => state.Load(state.Id, state.Request), cancellationToken);
}
