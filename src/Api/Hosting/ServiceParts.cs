using AkkaCrypto.Actors.Auth;
using AkkaCrypto.Actors.Ledger;
using AkkaCrypto.Actors.Runtime;
using AkkaCrypto.Api.Auth;
using AkkaCrypto.Api.Caching;
using AkkaCrypto.Api.CoinGecko;
using AkkaCrypto.Api.Internal;
using AkkaCrypto.Api.Logs;
using AkkaCrypto.Api.Market;
using AkkaCrypto.Api.Ops;
using AkkaCrypto.Api.Streaming;
using AkkaCrypto.Contracts.Ledger;
using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Contracts.Settings;
using AkkaCrypto.Pipeline.Market;
using AkkaCrypto.Pipeline.Ops;
using Microsoft.Extensions.Logging.Abstractions;

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

    /// <summary>The stored keys that open the API; null: only those of the configuration do.</summary>
    public KeyRing? Keys { get; init; }

    /// <summary>Bearer tokens; null: none are accepted.</summary>
    public BearerTokens? Tokens { get; init; }

    /// <summary>Makes and revokes stored keys; null where nothing is kept: its routes are not there.</summary>
    public KeyDesk? KeyDesk { get; init; }

    /// <summary>Who did what; null where nothing is kept: its route is not there, and no act is noted.</summary>
    public AuditLog? Audit { get; init; }

    /// <summary>The log's files; null where none are kept: then nothing can be exported.</summary>
    public LogFiles? Logs { get; init; }

    /// <summary>How each provider's budget stands at this moment.</summary>
    public Func<IReadOnlyList<GovernorStatus>> Governors { get; init; } = static () => [];

    /// <summary>The pairs that are stored; null: the routes that list them are not there.</summary>
    public PairCatalogue? Pairs { get; init; }

    /// <summary>What is committed, as it is committed; null: its routes are not there.</summary>
    public LiveHub? Live { get; init; }

    /// <summary>The wallets; null where this node owns no shards of them: their routes are not there.</summary>
    public WalletLedger? Ledger { get; init; }

    /// <summary>Carries out what wallets are asked: the ledger, where nothing else is given.</summary>
    public IShardRegion<LedgerCommand, LedgerReply>? Wallets
    {
        get => field ?? Ledger;
        init;
    }

    /// <summary>As <c>akkacrypto.ledger</c> is at this moment; there where <see cref="Ledger"/> is.</summary>
    public Func<LedgerSettings>? LedgerSettings { get; init; }

    /// <summary>Null where nothing of coins is kept: the paths of CoinGecko's API are not there.</summary>
    public CoinGeckoParts? CoinGecko { get; init; }

    /// <summary>Counts callers' quotas; by default in this process alone.</summary>
    public QuotaNode Quotas { get; init; } = QuotaNode.Alone(Time, NullLogger<QuotaNode>.Instance);

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
