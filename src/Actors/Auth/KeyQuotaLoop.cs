using AkkaCrypto.Storage.Redis;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace AkkaCrypto.Actors.Auth;

/// <summary>The loop over the mailbox: the only place that asks the script for the key, leases and closes slices.</summary>
internal sealed partial class KeyQuota
{
    /// <summary>A refusal is kept at most so long: Redis may have lost its state, or its clock been set.</summary>
    private const long LongestRefusalMilliseconds = 1_000;

    /// <summary>A refusal while another node holds a slice that could not be collected: it may come back at any time.</summary>
    private const long DoubtfulRefusalMilliseconds = 100;

    private void Run()
    {
        lock (_gate)
        {
            if (_running)
            {
                return;
            }

            _running = true;
        }

        _ = RunAsync();
    }

    private async Task RunAsync()
    {
        try
        {
            while (TakeBatch(out var closing) is { } batch)
            {
                // Decided already: a batch before brought slices.
                batch.RemoveAll(waiter => TryDecide(waiter.Mask, waiter.Cost, out var verdict) && waiter.Verdict.TrySetResult(verdict));
                if (!_redis!.IsAnswering)
                {
                    // At once, so that nobody waits for a deadline; a closing has to be told, or to fail.
                    GoOnWithout(batch);
                    batch.Clear();
                }

                if (batch.Count > 0 || closing.Count > 0)
                {
                    await AskAsync(batch, closing).ConfigureAwait(false);
                }
            }
        }
        catch (Exception bug)
        {
            Fail(bug);
        }
    }

    private List<Waiter>? TakeBatch(out List<Closing> closing)
    {
        lock (_gate)
        {
            closing = _closing;
            if (_waiting.Count == 0 && closing.Count == 0)
            {
                _running = false;
                return null;
            }

            _closing = [];
            var batch = new List<Waiter>(Math.Min(_waiting.Count, Batch));
            while (batch.Count < Batch && _waiting.TryDequeue(out var waiter))
            {
                batch.Add(waiter);
            }

            return batch;
        }
    }

    private async Task AskAsync(List<Waiter> batch, List<Closing> closing)
    {
        var everything = (1 << _limits.Length) - 1;
        var concerned = closing.Count > 0 ? everything : batch.Aggregate(0, (mask, waiter) => mask | waiter.Mask);
        // Nothing is leased for requests that only the script can decide, nor while slices are being collected.
        var wanted = closing.Count > 0 || batch.Exists(waiter => waiter.Collected) ? 0
            : batch.Where(waiter => (waiter.Mask & Tier.ScriptOnly) == 0).Select(waiter => waiter.Cost).DefaultIfEmpty().Max();
        var hold = closing.Count == 0 ? TimeSpan.Zero : closing.Max(one => one.Hold);
        var sent = _time.GetTimestamp();
        try
        {
            var answer = await _redis!.AskAsync(
                _limits, _keys, Reports(concerned, wanted), batch.ConvertAll(waiter => new QuotaDemand(waiter.Mask, waiter.Cost)), hold)
                .ConfigureAwait(false);
            _without.Told(concerned);
            closing.ForEach(one => one.Told.TrySetResult(true));
            var collecting = Decide(batch, concerned, answer, sent);
            if (collecting.Count > 0)
            {
                _ = CollectAsync(collecting);
            }
        }
        catch (Exception away) when (away is RedisUnavailableException or RedisServerException)
        {
            if (away is RedisServerException)
            {
                _log.LogError("Redis refuses to count the quota of key {KeyId}: {Reason}", _id, away.Message);
            }

            GoOnWithout(batch);
            closing.ForEach(one => one.Told.TrySetResult(false));
        }
    }

    /// <summary>Closes the slices of the limits concerned: what they have left goes back with the call that leases the next ones.</summary>
    private LimitReport[] Reports(int concerned, int wanted)
    {
        var reports = new LimitReport[_limits.Length];
        lock (_several)
        {
            for (var i = 0; i < reports.Length; i++)
            {
                if ((concerned & (1 << i)) != 0)
                {
                    var (start, units, rest) = _views[i].Close();
                    var want = _sizes.Next(i, _views[i], rest) * _limits[i].CostOf(wanted);
                    reports[i] = new LimitReport(want, start, units, rest, _without.Owed(i));
                }
            }
        }

        return reports;
    }

    /// <summary>Publishes what the answer lets this node decide by itself, and ends the waiting; gives those who must collect
    /// first.</summary>
    private List<Waiter> Decide(List<Waiter> batch, int concerned, QuotaAnswer answer, long sent)
    {
        var collecting = new List<Waiter>();
        var refused = new (long Cost, long Wait)[_limits.Length];
        Array.Fill(refused, (long.MaxValue, 0L));
        for (var demand = 0; demand < batch.Count; demand++)
        {
            var waiter = batch[demand];
            if (answer.IsAllowed(demand))
            {
                continue;
            }

            if (!waiter.Collected && _collector is not null && IsLentElsewhere(waiter, demand, answer))
            {
                collecting.Add(waiter);
                continue;
            }

            foreach (var limit in _limits.Where(limit => answer.Wait(demand, limit.Index) > 0))
            {
                var cost = limit.CostOf(waiter.Cost);
                refused[limit.Index] = cost < refused[limit.Index].Cost ? (cost, answer.Wait(demand, limit.Index)) : refused[limit.Index];
            }
        }

        Learn(concerned, answer, refused, sent);
        for (var demand = 0; demand < batch.Count; demand++)
        {
            if (!collecting.Contains(batch[demand]))
            {
                batch[demand].Verdict.TrySetResult(VerdictOf(batch[demand], demand, answer));
            }
        }

        return collecting;
    }

    private bool IsLentElsewhere(Waiter waiter, int demand, QuotaAnswer answer) => Array.Exists(
        _limits, limit => (waiter.Mask & (1 << limit.Index)) != 0 && answer.Wait(demand, limit.Index) > 0
            && answer.Limit(limit.Index).Others > 0);

    private void Learn(int concerned, QuotaAnswer answer, (long Cost, long Wait)[] refused, long sent)
    {
        var received = _time.GetTimestamp();
        for (var i = 0; i < _limits.Length; i++)
        {
            if ((concerned & (1 << i)) == 0)
            {
                continue;
            }

            var limit = answer.Limit(i);
            var (cost, wait) = refused[i];
            var kept = Math.Min(wait, limit.Others > 0 ? DoubtfulRefusalMilliseconds : LongestRefusalMilliseconds);
            Volatile.Write(ref _views[i], new LimitView
            {
                Start = limit.Start,
                Units = limit.Leased,
                // Before the window ends by any clock: counted from before the question, a thousandth early for clocks that run unlike,
                // and a millisecond, for Redis' time is rounded down.
                LapsesAt = sent + Ticks(limit.Reset - 1 - (limit.Reset / 1000)),
                ResetAt = received + Ticks(limit.Reset),
                Elsewhere = limit.Left + limit.Others,
                RefusedCost = cost,
                RefusedUntil = sent + Ticks(kept),
                RetryAt = received + Ticks(wait),
                LeasedAt = received,
            });
        }
    }

    private QuotaVerdict VerdictOf(Waiter waiter, int demand, QuotaAnswer answer)
    {
        var standings = default(Standings);
        var wait = 0L;
        for (var i = 0; waiter.Mask >> i != 0; i++)
        {
            if ((waiter.Mask & (1 << i)) != 0)
            {
                standings[i] = new Standing((int)answer.Remaining(demand, i), Seconds(answer.Limit(i).Reset));
                wait = Math.Max(wait, answer.Wait(demand, i));
            }
        }

        return answer.IsAllowed(demand)
            ? new QuotaVerdict(QuotaOutcome.Allowed, Tier, waiter.Mask, standings, 0)
            : new QuotaVerdict(QuotaOutcome.Refused, Tier, waiter.Mask, standings, Math.Max(1, Seconds(wait)));
    }

    /// <summary>Lets the other nodes give back what they have leased and not spent, and then asks once more.</summary>
    private async Task CollectAsync(List<Waiter> refused)
    {
        try
        {
            await _collector!.CollectAsync(_id, SliceCollector.RequestDeadline).ConfigureAwait(false);
        }
        catch (Exception away) when (away is RedisUnavailableException or RedisServerException)
        {
            _log.LogDebug("The slices of key {KeyId} can't be collected: {Reason}", _id, away.Message);
        }

        lock (_gate)
        {
            foreach (var waiter in refused)
            {
                waiter.Collected = true;
                _waiting.Enqueue(waiter);
            }
        }

        Run();
    }

    private void GoOnWithout(List<Waiter> batch)
    {
        foreach (var waiter in batch)
        {
            waiter.Verdict.TrySetResult(_without.Take(waiter.Mask, waiter.Cost));
        }
    }

    /// <summary>Nobody may wait for ever for a loop that has ended; the next request starts another.</summary>
    private void Fail(Exception bug)
    {
        _log.LogCritical(bug, "The quota of key {KeyId} can't be decided", _id);
        lock (_gate)
        {
            _running = false;
            while (_waiting.TryDequeue(out var waiter))
            {
                waiter.Verdict.TrySetResult(CountWithoutRedis.Unavailable);
            }

            _closing.ForEach(one => one.Told.TrySetResult(false));
            _closing = [];
        }
    }

    private long Ticks(long milliseconds) => milliseconds * (_time.TimestampFrequency / 1000);
}
