using AkkaCrypto.Simulator.Market;
using AkkaCrypto.Simulator.Quotation;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace AkkaCrypto.Simulator.Upbit;

/// <summary>Upbit: ten requests a second and group of routes, errors under their HTTP status, numbers as Java spells doubles.</summary>
internal sealed class SimulatedUpbit : QuotationTraits, ISimulatedProvider
{
    private const long IdsPerMillisecond = 10_000;

    public string Name => Exchange;

    public override string Exchange => "upbit";

    public int DefaultPerMinute => 600;

    public override TimeSpan Offset => TimeSpan.Zero;

    public override int UnknownMarketStatus => StatusCodes.Status404NotFound;

    public override string NoRoute => """{"error":{"name":"not_found","message":"no Route matched with those values"}}""";

    public override QuotationNumbers Numbers { get; } = new(
        NumberText.Padded,
        (price, isSimple) => isSimple ? NumberText.Plain(price) : NumberText.Java(price),
        (size, isSimple) => isSimple ? NumberText.Java(size) : NumberText.Padded(size),
        NumberText.Java);

    public void Map(IEndpointRouteBuilder app, SimulatedWorld world) => QuotationRoutes.Map(app, this, world);

    public IRequestLimit LimitOf(int perMinute, TimeProvider time) => new SecondLimit(perMinute, time, announces: true);

    public string? ErrorBody(int status) => QuotationErrors.BodyOf(status);

    public string ErrorUnder200(string code) => QuotationErrors.Named(code);

    public override long IdOf(MarketTrade trade) => PartsOf(trade) is var (time, counter) ? (time * IdsPerMillisecond) + counter : 0;

    public override long TimeOf(long id) => id / IdsPerMillisecond;

    /// <summary>The day itself.</summary>
    public override (DateTimeOffset From, DateTimeOffset Before) Day(DateTimeOffset midnight) => (midnight, midnight.AddDays(1));

    public override long SocketBookTime(long milliseconds) => milliseconds;

    public override decimal BookSize(decimal size) => size;
}
