using System.Buffers;
using System.Globalization;
using System.Text.Json;
using AkkaCrypto.Api.Errors;
using AkkaCrypto.Api.Hosting;
using AkkaCrypto.Api.Market;
using AkkaCrypto.Api.Validation;
using AkkaCrypto.Contracts.Text;
using AkkaCrypto.Pipeline.Market;
using AkkaCrypto.Storage.Postgres;

namespace AkkaCrypto.Api.Streaming;

/// <summary>
/// <c>/stream/trades</c>: every trade of a pair in the order of commits, once, or an event <c>missed</c> in its place. A client that comes
/// back reads the log from its last event on, at its own pace, until it has caught up with the others. One that falls behind the shared
/// buffer goes on with the newest and is told what it missed.
/// </summary>
public sealed class TradeStream(LiveHub hub, IMarketReads reads, ConfiguredSeries configured, TimeProvider time)
{
    /// <summary>Trades that a client which catches up holds at once.</summary>
    private const int CatchUpTrades = 250;

    private static readonly TimeSpan TryAgainAfter = TimeSpan.FromSeconds(1);

    public static readonly IReadOnlyList<Parameter> Parameters =
    [
        new("exchange", "Name of the exchange.", "coinone", Required: true),
        new("pair", "Lower-case tickers, target first.", "btc-krw", Required: true),
        LastEvent.Parameter,
    ];

    public sealed record Request(string Exchange, string Pair, string? LastEventId);

    public static Request Parse(Query query) => new(query.Name("exchange"), query.Pair("pair"), query.Optional(LastEvent.Parameter.Name));

    public async Task ServeAsync(HttpContext context, Request request)
    {
        if (await Pairs.MissingAsync(request.Exchange, request.Pair, reads, configured, context.RequestAborted) is { } missing)
        {
            await ProblemWriter.WriteAsync(context, missing);
            return;
        }

        var last = LastEvent.Of(context, request.LastEventId);
        await EventStream.ServeAsync(context, hub, time, stream => FollowAsync(stream, request, last));
    }

    private async Task FollowAsync(EventStream stream, Request request, LastEvent? last)
    {
        var topic = hub.Follow(request.Exchange, request.Pair);
        try
        {
            var run = new Run(hub, stream, topic, time);
            var place = await run.BeginAsync(last);
            await run.ShowAsync(place, isCatchingUp: last is not null);
        }
        finally
        {
            hub.Leave(topic);
        }
    }

    /// <summary>One client's way through the log.</summary>
    private sealed class Run(LiveHub hub, EventStream stream, TradeTopic topic, TimeProvider time)
    {
        private readonly ArrayBufferWriter<byte> _buffer = new();

        /// <summary>The provider's time of the last trade that the client has seen, where that is known.</summary>
        private long? _shownMs;

        /// <summary>After what a client says that it saw last, or else after all that is committed by now.</summary>
        public async Task<LogPlace> BeginAsync(LastEvent? last)
        {
            var head = await UntilReadAsync(_ => hub.HeadAsync(stream.Ended));
            await stream.OpenAsync();
            if (last is null)
            {
                return LogPlace.EndOf(head);
            }

            if (last.Id is { } id && id.Place.Position <= head)
            {
                _shownMs = id.UnixMilliseconds;
                return id.Place;
            }

            // None of ours, or of a time that a restored database knows nothing of: all that can be said is since when.
            var end = LogPlace.EndOf(head);
            await TellByTimeAsync(end, last.Id?.UnixMilliseconds, time.GetUtcNow());
            return end;
        }

        public async Task ShowAsync(LogPlace place, bool isCatchingUp)
        {
            while (true)
            {
                var next = topic.Next(place);
                switch (next.State)
                {
                    case TopicState.Ahead:
                        await stream.WriteAsync(next.Bytes);
                        (place, _shownMs, isCatchingUp) = (next.End, next.LastMs, false);
                        break;
                    case TopicState.UpToDate:
                        isCatchingUp = false;
                        await stream.WaitAsync(next.Changed);
                        break;
                    default:
                        place = isCatchingUp ? await CatchUpAsync(place) : await SkipAsync(place);
                        break;
                }
            }
        }

        /// <summary>Shows some of what the log has between the place and the topic.</summary>
        private async Task<LogPlace> CatchUpAsync(LogPlace place)
        {
            var until = topic.Start;
            var page = await UntilReadAsync(
                log => log.ReadAsync(topic.Exchange, topic.Pair, place, until, CatchUpTrades, stream.Ended));
            if (page.IsCut)
            {
                return await TellCutAsync();
            }

            if (page.Trades.Count > 0)
            {
                await stream.WriteAsync(Encode(page.Trades));
                _shownMs = page.Trades[^1].Trade.Time.UnixMilliseconds;
            }

            return page.Trades.Count < CatchUpTrades ? until : page.Trades[^1].Place;
        }

        /// <summary>From a place that the topic no longer has to its end, which is told.</summary>
        private async Task<LogPlace> SkipAsync(LogPlace place)
        {
            var end = topic.End;
            var missed = await UntilReadAsync(log => log.BoundsAsync(topic.Exchange, topic.Pair, place, end, stream.Ended));
            if (missed.IsCut)
            {
                return await TellCutAsync();
            }

            if (missed.Times is { } times)
            {
                _shownMs = new ProviderTime(times.Latest, 9).UnixMilliseconds;
                await stream.WriteAsync(EventFrame.Missed(
                    new EventId(end, _shownMs), new ProviderTime(times.Earliest, 9).ToString(),
                    new ProviderTime(times.Latest + 1, 9).ToString(), MissedTrades.Url(topic.Exchange, topic.Pair, place, end)));
            }

            return end;
        }

        /// <summary>
        /// What comes next has been deleted from the log: it is told by the provider's time, from the last trade that was shown to the
        /// first that the log still has, and the stream goes on there.
        /// </summary>
        private async Task<LogPlace> TellCutAsync()
        {
            var oldest = await UntilReadAsync(log => log.OldestAsync(topic.Exchange, topic.Pair, stream.Ended));
            var to = oldest.First?.Trade.Time.ToDateTimeOffset() ?? time.GetUtcNow();
            await TellByTimeAsync(oldest.Before, _shownMs, to);
            return oldest.Before;
        }

        /// <param name="fromMs">Null where nothing is known of it.</param>
        private Task TellByTimeAsync(LogPlace place, long? fromMs, DateTimeOffset to)
        {
            var from = fromMs is { } ms ? DateTimeOffset.FromUnixTimeMilliseconds(ms) : (DateTimeOffset?)null;
            var toText = Text(from >= to ? from.Value.AddMilliseconds(1) : to);
            var range = from is { } known ? $"&from={Text(known)}&to={toText}" : $"&to={toText}";
            return stream.WriteAsync(EventFrame.Missed(
                new EventId(place, null), from is { } start ? Text(start) : null, toText,
                $"/trades?exchange={topic.Exchange}&pair={topic.Pair}{range}&limit=1000"));
        }

        private ReadOnlyMemory<byte> Encode(IReadOnlyList<LoggedTrade> trades)
        {
            _buffer.ResetWrittenCount();
            using var json = new Utf8JsonWriter(_buffer);
            foreach (var trade in trades)
            {
                TradeEvents.Append(_buffer, json, trade);
            }

            return _buffer.WrittenMemory;
        }

        /// <summary>A database that is away is asked again for as long as the client stays; comments go on meanwhile.</summary>
        private async Task<T> UntilReadAsync<T>(Func<CommitLogReader, Task<T>> read)
        {
            while (true)
            {
                try
                {
                    return await hub.ReadLogAsync(read, stream.Ended);
                }
                catch (Exception failure) when (PostgresErrors.IsTransient(failure) && !stream.Ended.IsCancellationRequested)
                {
                    await stream.WaitAsync(Task.Delay(TryAgainAfter, time, stream.Ended));
                }
            }
        }

        private static string Text(DateTimeOffset time) =>
            time.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fffffffZ", CultureInfo.InvariantCulture);
    }
}
