using AkkaCrypto.Simulator.Market;
using AkkaCrypto.Simulator.Quotation;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace AkkaCrypto.Simulator.Bithumb;

/// <summary>
/// Bithumb: 150 requests a second, an unknown market under HTTP 200, <c>to</c> in Korean time, sizes of books cut to four decimals (so that
/// small ones are 0), microseconds in the socket's books, ids of 19 digits; and its older API below <c>/public</c>.
/// </summary>
internal sealed class SimulatedBithumb : QuotationTraits, ISimulatedProvider
{
    private const long IdsPerMillisecond = 1_000_000;

    public string Name => Exchange;

    public override string Exchange => "bithumb";

    public int DefaultPerMinute => 9_000;

    public override TimeSpan Offset => TimeSpan.FromHours(9);

    public override int UnknownMarketStatus => StatusCodes.Status200OK;

    public override string NoRoute => """{"name":"not_found","message":"No Route matched with those values"}""";

    public override QuotationNumbers Numbers { get; } = new(
        NumberText.Plain, (price, _) => NumberText.Plain(price), (size, _) => NumberText.Plain(size), NumberText.Plain);

    public void Map(IEndpointRouteBuilder app, SimulatedWorld world)
    {
        QuotationRoutes.Map(app, this, world);
        LegacyRoutes.Map(app, this, world);
    }

    public IRequestLimit LimitOf(int perMinute, TimeProvider time) => new SecondLimit(perMinute, time, announces: false);

    public string? ErrorBody(int status) => QuotationErrors.BodyOf(status);

    public string ErrorUnder200(string code) =>
        code.Length == 4 && code.All(char.IsAsciiDigit) ? LegacyRoutes.Error(code, "Error") : QuotationErrors.Named(code);

    public override long IdOf(MarketTrade trade) => PartsOf(trade) is var (time, counter) ? (time * IdsPerMillisecond) + counter : 0;

    public override long TimeOf(long id) => id / IdsPerMillisecond;

    /// <summary>What was before the day, as documented: "the most recent as of that day's 00:00:00".</summary>
    public override (DateTimeOffset From, DateTimeOffset Before) Day(DateTimeOffset midnight) => (DateTimeOffset.UnixEpoch, midnight);

    public override long SocketBookTime(long milliseconds) => milliseconds * 1_000;

    public override decimal BookSize(decimal size) => Digits.Floor(size, 0.0001m);
}
