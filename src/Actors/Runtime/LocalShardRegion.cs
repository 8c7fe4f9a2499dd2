using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Contracts.Settings;
using Microsoft.Extensions.Logging;

namespace AkkaCrypto.Actors.Runtime;

/// <summary>What a region is made of.</summary>
/// <param name="Name">For the log and the metrics.</param>
/// <param name="Shards">Their number.</param>
/// <param name="ShardOf">Which of them a command is for, from 0; pure.</param>
/// <param name="Behaviour">What the entities of a shard do.</param>
/// <param name="Journal">Makes a shard's journal.</param>
public sealed record RegionParts<TKey, TState, TCommand, TEvent, TReply>(
    string Name, int Shards, Func<TCommand, int> ShardOf,
    Func<int, IEntityBehaviour<TKey, TState, TCommand, TEvent, TReply>> Behaviour, Func<int, IJournal<TKey, TState, TEvent>> Journal)
    where TKey : notnull
    where TState : class;

/// <summary>All shards of one kind of entity, in this process.</summary>
public sealed class LocalShardRegion<TKey, TState, TCommand, TEvent, TReply> : IShardRegion<TCommand, TReply>, IAsyncDisposable
    where TKey : notnull
    where TState : class
{
    /// <summary>How long after its deadline a caller may be told.</summary>
    private static readonly TimeSpan LookForExpiredEvery = TimeSpan.FromMilliseconds(50);

    private readonly RegionParts<TKey, TState, TCommand, TEvent, TReply> parts;
    private readonly Func<ActorSettings> settings;
    private readonly TimeProvider time;
    private readonly IJournal<TKey, TState, TEvent>[] journals;
    private readonly Shard<TKey, TState, TCommand, TEvent, TReply>[] shards;
    private readonly CancellationTokenSource stopping = new();
    private readonly Task running;
    private readonly ITimer expiry;

    private LocalShardRegion(
        RegionParts<TKey, TState, TCommand, TEvent, TReply> parts, Func<ActorSettings> settings, TimeProvider time, ILogger log)
    {
        (this.parts, this.settings, this.time) = (parts, settings, time);
        journals = [.. Enumerable.Range(0, parts.Shards).Select(parts.Journal)];
        shards = [.. journals.Select((journal, number) => new Shard<TKey, TState, TCommand, TEvent, TReply>(
            parts.Behaviour(number), journal, settings, time, log, $"{parts.Name}/{number}"))];
        running = Task.WhenAll(shards.Select(shard => Task.Run(() => shard.RunAsync(stopping.Token), CancellationToken.None)));
        expiry = time.CreateTimer(_ => Array.ForEach(shards, shard => shard.EndExpired()), null, LookForExpiredEvery, LookForExpiredEvery);
    }

    /// <summary>Starts the shards, each of which takes its epoch on its own and waits until it can; commands wait meanwhile.</summary>
    public static LocalShardRegion<TKey, TState, TCommand, TEvent, TReply> Start(
        RegionParts<TKey, TState, TCommand, TEvent, TReply> parts, Func<ActorSettings> settings, TimeProvider time, ILogger log) =>
        new(parts, settings, time, log);

    /// <summary>How the shards are.</summary>
    public IReadOnlyList<ShardStatus> Statuses() =>
        [.. shards.Select((shard, number) => shard.Meter.Status(parts.Name, number, shard.Depth))];

    public Task<Asked<TReply>> AskAsync(TCommand command, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return Task.FromCanceled<Asked<TReply>>(cancellationToken);
        }

        var now = time.GetTimestamp();
        var deadline = now + (long)(settings().Deadline.TotalSeconds * time.TimestampFrequency);
        var envelope = new Envelope<TCommand, TReply>(command, now, deadline, cancellationToken);
        return shards[parts.ShardOf(command)].Post(envelope) switch
        {
            { } refused => Task.FromResult(new Asked<TReply>(refused, default)),
            null when cancellationToken.CanBeCanceled => envelope.Task.WaitAsync(cancellationToken),
            null => envelope.Task,
        };
    }

    /// <summary>Takes no more commands and waits until those taken are answered; past the grace they are cut off.</summary>
    public async Task StopAsync(TimeSpan grace)
    {
        Array.ForEach(shards, shard => shard.Close());
        try
        {
            await running.WaitAsync(grace, time, CancellationToken.None);
        }
        catch (TimeoutException)
        {
            await stopping.CancelAsync();
            await running;
        }
    }

    /// <summary>Cuts off what isn't answered; <see cref="StopAsync"/> first drains.</summary>
    public async ValueTask DisposeAsync()
    {
        Array.ForEach(shards, shard => shard.Close());
        await stopping.CancelAsync();
        await running;
        foreach (var journal in journals)
        {
            await journal.DisposeAsync();
        }

        await expiry.DisposeAsync();
        stopping.Dispose();
    }
}
