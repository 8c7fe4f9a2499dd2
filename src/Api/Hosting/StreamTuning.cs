using System.Text.Json;
using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Contracts.Settings;
using AkkaCrypto.Hocon;
using AkkaCrypto.Hocon.Binding;
using AkkaCrypto.Hocon.Live;
using AkkaCrypto.Pipeline.Ops;
using AkkaCrypto.Storage.Postgres;

namespace AkkaCrypto.Api.Hosting;

/// <summary>
/// The layer of settings that PATCH lays between the files and the environment. It is kept in the database, in force from the start on, and
/// looked for anew each <see cref="Period"/>, so that every node follows what another one was told within two seconds. While the database
/// is away the layer that was read last stays in force.
/// </summary>
public sealed partial class StreamTuning : IAsyncDisposable
{
    public static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    private readonly ServiceConfiguration _configuration;
    private readonly StreamPatches _patches;
    private readonly AuditLog _audit;
    private readonly LiveSettings<AkkaCryptoSettings> _live;
    private readonly Func<AkkaCryptoSettings, AkkaCryptoSettings> _adjust;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly CancellationTokenSource _stopping = new();
    private volatile IReadOnlyList<StreamPatch> _laid = [];
    private string? _trouble;
    private Task _following = Task.CompletedTask;

    private StreamTuning(
        ServiceConfiguration configuration, StreamPatches patches, AuditLog audit, LiveSettings<AkkaCryptoSettings> live,
        Func<AkkaCryptoSettings, AkkaCryptoSettings> adjust, TimeProvider time, ILogger log) =>
        (_configuration, _patches, _audit, _live, _adjust, _time, _log) = (configuration, patches, audit, live, adjust, time, log);

    /// <summary>All that PATCH has laid, as it was read last.</summary>
    public IReadOnlyList<StreamPatch> Laid => _laid;

    /// <summary>The resolved settings in force, each value with its origin.</summary>
    public HoconObject Tree => _configuration.Tree;

    public AkkaCryptoSettings Settings => _live.Current;

    /// <summary>
    /// Puts the layer in force, and follows it until it is disposed. A value that no longer holds, as after an upgrade, is left out with an
    /// error in the log: it can be changed only while the service runs.
    /// </summary>
    /// <param name="adjust">Puts in what the start found out, as for an edit of the files.</param>
    public static async Task<StreamTuning> StartAsync(
        ServiceConfiguration configuration, StreamPatches patches, AuditLog audit, LiveSettings<AkkaCryptoSettings> live,
        Func<AkkaCryptoSettings, AkkaCryptoSettings> adjust, TimeProvider time, ILogger<StreamTuning> log,
        CancellationToken cancellationToken)
    {
        var tuning = new StreamTuning(configuration, patches, audit, live, adjust, time, log);
        await tuning.RefreshAsync(cancellationToken);
        tuning._following = tuning.FollowAsync(tuning._stopping.Token);
        return tuning;
    }

    /// <summary>Lays values over a stream's settings, all of them or none; in force here when this returns.</summary>
    /// <param name="changes">By path below the stream; null takes the value away, and what lies below it.</param>
    /// <param name="actor">Who says so.</param>
    /// <returns>What is wrong, by path; null where it is done.</returns>
    /// <exception cref="SettingsException">The files themselves don't hold at this moment.</exception>
    public async Task<IReadOnlyDictionary<string, string>?> PatchAsync(
        string stream, IReadOnlyDictionary<string, string?> changes, Actor actor, CancellationToken cancellationToken)
    {
        IReadOnlyDictionary<string, string>? faults = null;
        var candidate = new StreamCandidate(_configuration, stream, changes);
        await _patches.ChangeAsync(
            stream,
            laid =>
            {
                var next = candidate.Over(laid, _time.GetUtcNow(), actor.Id);
                faults = candidate.Faults(laid, next);
                return faults is null ? next : null;
            },
            Audited("streams.patch", stream, actor), cancellationToken);
        if (faults is null)
        {
            Told(actor.Id, stream, string.Join(", ", changes.Select(change => $"{change.Key} = {change.Value ?? "(cleared)"}")));
            await RefreshAsync(cancellationToken);
        }

        return faults;
    }

    /// <summary>Takes away all that was laid over a stream; in force here when this returns.</summary>
    public async Task ClearAsync(string stream, Actor actor, CancellationToken cancellationToken)
    {
        await _patches.ChangeAsync(stream, static _ => [], Audited("streams.clear", stream, actor), cancellationToken);
        Told(actor.Id, stream, "cleared");
        await RefreshAsync(cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _following;
        _stopping.Dispose();
        _turn.Dispose();
    }

    private Func<IEnumerable<StreamPatch>, IEnumerable<StreamPatch>, AuditEntry> Audited(string act, string stream, Actor actor) =>
        (before, after) => _audit.Done(actor, act, stream, Json(before), Json(after));

    private static string Json(IEnumerable<StreamPatch> patches) =>
        "{" + string.Join(',', patches.Select(patch => $"\"{JsonEncodedText.Encode(patch.Path)}\":{patch.Json}")) + "}";

    private async Task FollowAsync(CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                await Task.Delay(Period, _time, stopping);
                await RefreshAsync(stopping);
                _trouble = null;
            }
            catch (Exception stopped) when (stopping.IsCancellationRequested)
            {
                _log.LogDebug(stopped, "No more changes of streams are followed");
            }
            catch (Exception trouble)
            {
                // Whatever it is, the settings in force stay and the next look comes; told once, for looks come every second.
                if (Interlocked.Exchange(ref _trouble, trouble.Message) != trouble.Message)
                {
                    NotFollowed(trouble.Message, PostgresErrors.IsTransient(trouble) ? null : trouble);
                }
            }
        }
    }

    private async Task RefreshAsync(CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            var laid = await _patches.ListAsync(cancellationToken);
            if (!laid.SequenceEqual(_laid))
            {
                Apply(laid);
                _laid = laid;
            }
        }
        finally
        {
            _turn.Release();
        }
    }

    private void Apply(IReadOnlyList<StreamPatch> laid)
    {
        var holding = laid.ToList();
        while (true)
        {
            var bound = _live.Replace(() => Load(holding));
            if (bound.Value is not null)
            {
                return;
            }

            var broken = Broken(holding, bound.Faults);
            if (broken.Count == 0)
            {
                throw new SettingsException(bound.Faults);
            }

            holding.RemoveAll(broken.Contains);
            LeftOut(string.Join('\n', bound.Faults));
        }
    }

    private Bound<AkkaCryptoSettings> Load(List<StreamPatch> patches)
    {
        var bound = _configuration.Load([.. patches.Select(patch => patch.Override())]);
        return bound.Value is null ? bound : new Bound<AkkaCryptoSettings>(_adjust(bound.Value), []);
    }

    /// <summary>The values to blame; where a fault is of a relation between settings, all of that stream.</summary>
    private static List<StreamPatch> Broken(List<StreamPatch> patches, IReadOnlyList<SettingsFault> faults)
    {
        var paths = faults.Select(fault => fault.Path).ToHashSet(StringComparer.Ordinal);
        var blamed = patches.Where(patch => paths.Contains(patch.Override().Path.ToString())).ToList();
        return blamed.Count > 0
            ? blamed
            : [.. patches.Where(patch => faults.Any(fault => StreamCandidate.IsOf(patch.Stream, fault.Path)))];
    }

    [LoggerMessage(LogLevel.Warning, "{By} changed the stream {Stream}: {Changes}")]
    private partial void Told(string by, string stream, string changes);

    [LoggerMessage(LogLevel.Error, "Changes of streams can't be followed, the settings in force stay: {Trouble}")]
    private partial void NotFollowed(string trouble, Exception? exception);

    [LoggerMessage(LogLevel.Error, "What PATCH laid over the settings no longer holds and is left out:\n{Faults}")]
    private partial void LeftOut(string faults);
}
