using System.Buffers;
using System.Text;
using System.Text.Json;
using AkkaCrypto.Api.Caching;
using AkkaCrypto.Api.Hosting;
using AkkaCrypto.Api.Market;
using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Contracts.Settings;

namespace AkkaCrypto.Api.Ops;

/// <summary>
/// <c>/healthz</c>: the process is alive. <c>/readyz</c>: the database answers and every enabled dataset has data for all of its series; else 503
/// with what is missing. A feed that is disabled (no secret for its provider) is not waited for, for it can't become ready.
/// </summary>
public sealed partial class Health(
    AkkaCryptoSettings settings, IMarketReads reads, ISharedCache shared, Func<IReadOnlyList<FeedStatus>> feeds, AnswerCache cache,
    TimeProvider time, ILogger<Health> log)
{
    private static readonly TimeSpan PingDeadline = TimeSpan.FromSeconds(2);

    /// <summary>An open path must not become a way to load the database.</summary>
    private static readonly TimeSpan Kept = TimeSpan.FromMilliseconds(500);

    private static readonly Answer AliveAnswer = Answer.Of(Encoding.UTF8.GetBytes("""{"status":"alive"}"""));

    public static ValueTask<Answer> Alive(NoRequest request, CancellationToken cancellationToken) => new(AliveAnswer);

    public ValueTask<Answer> Ready(NoRequest request, CancellationToken cancellationToken) =>
        cache.GetAsync("readyz", Kept, this, static health => health.ReadAsync(), cancellationToken);

    private async Task<Answer> ReadAsync()
    {
        var missing = Missing();
        var postgresAnswers = await PostgresAnswersAsync();
        if (!postgresAnswers)
        {
            missing.Insert(0, "postgres: does not answer");
        }

        return Encode(missing, postgresAnswers);
    }

    private Answer Encode(List<string> missing, bool postgresAnswers)
    {
        var isReady = missing.Count == 0;
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("status"u8, isReady ? "ready" : "not_ready");
            json.WriteString("profile"u8, settings.Profile);
            json.WriteBoolean("postgres"u8, postgresAnswers);
            json.WriteBoolean("redis_cache"u8, shared.IsAnswering);
            json.WriteStartArray("missing"u8);
            missing.ForEach(json.WriteStringValue);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        return Answer.Of(buffer.WrittenMemory, isReady ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable);
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
            return true;
        }
        catch (Exception exception)
        {
            PostgresDoesNotAnswer(exception);
            return false;
        }
    }

    [LoggerMessage(LogLevel.Warning, "Postgres does not answer")]
    private partial void PostgresDoesNotAnswer(Exception exception);
}
