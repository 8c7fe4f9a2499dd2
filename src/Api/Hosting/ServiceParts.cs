using AkkaCrypto.Api.Caching;
using AkkaCrypto.Api.Internal;
using AkkaCrypto.Api.Logs;
using AkkaCrypto.Api.Market;
using AkkaCrypto.Api.Ops;
using AkkaCrypto.Contracts.Ops;

namespace AkkaCrypto.Api.Hosting;

/// <summary>What the HTTP surface stands on. The composition gives it the real parts, tests give it twins in memory.</summary>
/// <param name="Feeds">What each feed is doing at this moment.</param>
/// <param name="Schedules">What each schedule did last, and when it runs next.</param>
public sealed record ServiceParts(
    IMarketReads Reads, ISharedCache Shared, IReplyIntake Replies, Func<IReadOnlyList<FeedStatus>> Feeds, IGapReads Gaps,
    Func<IReadOnlyList<ScheduleStatus>> Schedules, TimeProvider Time)
{
    /// <summary>Null where nothing is kept: its routes are not there.</summary>
    public DeadLetters? DeadLetters { get; init; }

    /// <summary>Null where the settings were made in code, and nothing can be laid over them: its routes are not there.</summary>
    public Streams? Streams { get; init; }

    /// <summary>The log's files; null where none are kept: then nothing can be exported.</summary>
    public LogFiles? Logs { get; init; }

    /// <summary>How each provider's budget stands at this moment.</summary>
    public Func<IReadOnlyList<GovernorStatus>> Governors { get; init; } = static () => [];

    /// <summary>What this process has stored; told by whoever stores.</summary>
    public SeriesChanges Changes { get; init; } = new();

    /// <summary>Counts requests and reads.</summary>
    public ApiInstruments Instruments { get; init; } = new();

    /// <summary>Asks providers for what a read didn't find fresh; null: nobody is asked.</summary>
    public OnDemand? OnDemand { get; init; }
}

/// <summary>The request of a route that takes no parameters.</summary>
public sealed record NoRequest
{
    public static readonly NoRequest Instance = new();
}
