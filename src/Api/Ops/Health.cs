using System.Buffers;
using System.Text;
using System.Text.Json;
using AkkaCrypto.Api.Caching;
using AkkaCrypto.Api.Errors;
using AkkaCrypto.Api.Hosting;
using AkkaCrypto.Api.Market;
using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Contracts.Settings;

namespace AkkaCrypto.Api.Ops;

/// <summary>
/// <c>/healthz</c>: the process is alive. <c>/readyz</c>: the database answers, every enabled dataset has data for all of its series,
/// and no other process has taken the wallets; else 503 with what is missing. A feed that is disabled (no secret for its provider) is not
/// waited for, for it can't become ready.
/// </summary>
public sealed partial class Health(
    AkkaCryptoSettings settings, IMarketReads reads, ISharedCache shared, Func<IReadOnlyList<FeedStatus>> feeds,
    Func<IReadOnlyList<ShardStatus>> shards, AnswerCache cache, TimeProvider time, ILogger<Health> log)
{
    public const string ReadyPath = "/readyz";

    private static readonly TimeSpan PingDeadline = TimeSpan.FromSeconds(2);

    /// <summary>An open path must not become a way to load the database: one look at a time, and a good one is kept so long.</summary>
    private static readonly CacheTtlSettings Kept = new(TimeSpan.FromMilliseconds(500), null, TimeSpan.Zero, TimeSpan.Zero);

    private static readonly Answer AliveAnswer = Answer.Of(Encoding.UTF8.GetBytes("""{"status":"alive"}"""));

    private int _postgresIsAway;

    public static ValueTask<Answer> Alive(NoRequest request, CancellationToken cancellationToken) => new(AliveAnswer);

    public ValueTask<Answer> Ready(NoRequest request, CancellationToken cancellationToken) =>
        cache.GetAsync("readyz", Kept, this, static health => health.ReadAsync(), cancellationToken);

    private async Task<Answer> ReadAsync()
    {
        var missing = Missing();
        missing.AddRange(shards().Where(shard => shard.State == ShardState.Lost)
            .Select(shard => $"wallets: shard {shard.Shard} has another owner"));
        var postgresAnswers = await PostgresAnswersAsync();
        if (!postgresAnswers)
        {
            missing.Insert(0, "postgres: does not answer");
        }

        return missing.Count == 0 ? Encode() : Problem.NotReady(missing);
    }

    private Answer Encode()
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("status"u8, "ready");
            json.WriteString("profile"u8, settings.Profile);
            json.WriteBoolean("postgres"u8, true);
            json.WriteBoolean("redis_cache"u8, shared.IsAnswering);
            json.WriteStartArray("missing"u8);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        return Answer.Of(buffer.WrittenMemory);
    }

    private List<string> Missing()
    {
        if (!settings.Node.Roles.Contains(NodeRole.Feeds))
        {
            return [];
        }

        var statuses = feeds().ToDictionary(status => (status.Provider, Dataset: Spelled(status.Dataset)));
        return
        [
            .. from feed in settings.Feeds
               where feed.Value.Enabled
               from dataset in feed.Value.Datasets
               where dataset.Value.Enabled
               let status = statuses.GetValueOrDefault((feed.Key, Spelled(dataset.Key)))
               let lack = Lack(status)
               where lack is not null
               select $"{feed.Key}/{dataset.Key}: {lack}",
        ];
    }

    private static string? Lack(FeedStatus? status) =>
        status is null ? "not started"
        : status.State == FeedState.Disabled || status.SeriesWithData >= status.Series ? null
        : $"{status.SeriesWithData} of {status.Series} series have data";

    /// <summary>Settings write <c>simple-price</c>, records and statuses <c>simple_price</c>.</summary>
    private static string Spelled(string dataset) => dataset.Replace('-', '_');

    private async Task<bool> PostgresAnswersAsync()
    {
        using var deadline = new CancellationTokenSource(PingDeadline, time);
        try
        {
            await reads.PingAsync(deadline.Token);
            if (Interlocked.Exchange(ref _postgresIsAway, 0) == 1)
            {
                PostgresAnswersAgain();
            }

            return true;
        }
        catch (Exception exception)
        {
            // Told when it goes, not at each look: probes come every second.
            if (Interlocked.Exchange(ref _postgresIsAway, 1) == 0)
            {
                PostgresDoesNotAnswer(exception);
            }

            return false;
        }
    }

    [LoggerMessage(LogLevel.Warning, "Postgres does not answer")]
    private partial void PostgresDoesNotAnswer(Exception exception);

    [LoggerMessage(LogLevel.Information, "Postgres answers again")]
    private partial void PostgresAnswersAgain();
}
