using AkkaCrypto.Api.Caching;
using AkkaCrypto.Api.Hosting;
using AkkaCrypto.Contracts.Settings;

namespace AkkaCrypto.Api.CoinGecko;

/// <summary>
/// Encoded answers below <c>/api/v3</c>, in memory for a time. They carry no age limit of their own: whoever loads one has seen to its
/// data's age, so an old one is never served in place of an error.
/// </summary>
public sealed class CoinAnswers(AnswerCache cache, CacheTtlSettings rules)
{
    private readonly CacheTtlSettings _rules = rules with { StaleIfError = TimeSpan.Zero };

    /// <summary>The answer if memory has it at this moment.</summary>
    public Answer? Find(string key) => cache.Find(key);

    /// <inheritdoc cref="AnswerCache.GetAsync"/>
    public ValueTask<Answer> GetAsync<TState>(
        string key, TState state, Func<TState, Task<Answer>> load, CancellationToken cancellationToken) =>
        cache.GetAsync(key, _rules, state, load, cancellationToken);
}
