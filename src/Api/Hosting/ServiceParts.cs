using AkkaCrypto.Api.Caching;
using AkkaCrypto.Api.Internal;
using AkkaCrypto.Api.Market;
using AkkaCrypto.Api.Ops;
using AkkaCrypto.Contracts.Ops;

namespace AkkaCrypto.Api.Hosting;

/// <summary>What the HTTP surface stands on. The composition gives it the real parts, tests give it twins in memory.</summary>
/// <param name="Feeds">What each feed is doing at this moment.</param>
/// <param name="Schedules">What each schedule did last, and when it runs next.</param>
public sealed record ServiceParts(
    IMarketReads Reads, ISharedCache Shared, IReplyIntake Replies, Func<IReadOnlyList<FeedStatus>> Feeds, IGapReads Gaps,
    Func<IReadOnlyList<ScheduleStatus>> Schedules, TimeProvider Time);

/// <summary>The request of a route that takes no parameters.</summary>
public sealed record NoRequest
{
    public static readonly NoRequest Instance = new();
}
