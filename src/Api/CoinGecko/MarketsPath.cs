using System.Buffers;
using System.Text.Json;
using AkkaCrypto.Api.Errors;
using AkkaCrypto.Api.Hosting;
using AkkaCrypto.Api.Market;
using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.Text;
using AkkaCrypto.Pipeline.Feeds;
using AkkaCrypto.Pipeline.Market;

namespace AkkaCrypto.Api.CoinGecko;

/// <summary><c>/coins/markets</c>: coins with their markets in one currency, in pages, from those whose markets are stored.</summary>
public sealed class MarketsPath(
    CoinCatalogue catalogue, ICoinReads store, CoinDemand demand, CoinAnswers cache, bool anyCoin, TimeSpan maxAge,
    TimeProvider time)
{
    private const string Dataset = "coins_markets";
    private const int MostPerPage = 250;
    private const int UsualPerPage = 100;
    private const int MostPage = 1_000_000;

    /// <summary>A list is as old as the oldest of its greatest coins: those that nobody trades any more don't move.</summary>
    private const int Greatest = 10;

    private static readonly string[] Orders = ["market_cap_desc", "market_cap_asc", "volume_desc", "volume_asc", "id_asc", "id_desc"];
    private static readonly string[] Spans = ["1h", "24h", "7d", "14d", "30d", "200d", "1y"];

    /// <param name="By">Null: all; else ids, names or symbols.</param>
    public sealed record Request(
        string Currency, string? By, IReadOnlyList<string> Coins, bool AllTokens, string? Category, string Order, int PerPage, int Page,
        bool Sparkline, IReadOnlyList<string> Changes, bool Rehypothecated, Precision Precision, string Key);

    public static Request Parse(CoinGeckoQuery query)
    {
        var currency = query.Currency();
        var by = ((string[])["ids", "names", "symbols"]).FirstOrDefault(name => query.Optional(name) is not null);
        IReadOnlyList<string> coins = by is null ? [] : [.. query.List(by).Select(item => item.Trim()).Distinct()];
        var order = query.Optional("order") is { } asked && Orders.Contains(asked) ? asked : Orders[0];
        var (perPage, page) = (query.Number("per_page", UsualPerPage, 1, MostPerPage), query.Number("page", 1, 1, MostPage));
        var asks = query.List("price_change_percentage").Select(span => span.Trim()).ToList();
        IReadOnlyList<string> changes = [.. Spans.Where(asks.Contains)];
        var (all, sparkline, again, precision) = (
            query.Optional("include_tokens") == "all", query.Flag("sparkline"), query.Flag("include_rehypothecated"), query.Precision());
        var category = query.Optional("category");
        return new Request(
            currency, by, coins, all, category, order, perPage, page, sparkline, changes, again, precision,
            $"v3/markets|{currency}|{by}|{string.Join(',', coins)}|{all}|{category}|{order}|{perPage}|{page}|{sparkline}"
            + $"|{string.Join(',', changes)}|{again}|{precision}");
    }

    public CoinRead<Request> Read => new(cache, static (_, request) => request.Key, (_, request) => LoadAsync(request));

    private async Task<Answer> LoadAsync(Request request)
    {
        var lists = await catalogue.ReadAsync();
        if (!lists.HasCurrency(request.Currency))
        {
            return CoinGeckoErrors.Invalid("vs_currency");
        }

        if (request.Category is not null)
        {
            // Which coins a category has is not known here, and a list without its filter would be another list.
            return CoinGeckoErrors.Invalid("category");
        }

        IReadOnlyList<string>? ids = request.By is null ? null : [.. Ids(request, lists)];
        var coins = await store.MarketsAsync(request.Currency, ids);
        if (await RefreshAsync(request.Currency, ids, coins) is { } problem)
        {
            return problem;
        }

        coins = await store.MarketsAsync(request.Currency, ids);
        var page = Ordered(request, coins).Skip((request.Page - 1) * request.PerPage).Take(request.PerPage).ToList();
        var body = Encode(request, page, lists);
        return page.Count > 0 && page.Min(coin => coin.Time) is { } oldest
            ? Answer.Of(body, oldest.ToDateTimeOffset(), oldest.ToString(), freshness: null)
            : Answer.Of(body);
    }

    private static IEnumerable<string> Ids(Request request, CoinLists lists)
    {
        var take = request.AllTokens ? CoinGeckoQuery.MostItems : 1;
        return request.Coins.SelectMany(asked => request.By switch
        {
            "ids" => lists.Find(asked) is { } coin ? [coin] : [],
            "names" => lists.WithName(asked).Take(1),
            _ => lists.WithSymbol(asked).Take(take),
        }).Select(coin => coin.Id).Distinct().Take(CoinGeckoQuery.MostItems);
    }

    private async Task<Problem?> RefreshAsync(string currency, IReadOnlyList<string>? ids, IReadOnlyList<AssetPrice> coins)
    {
        var oldest = coins.Count == 0 ? null : coins.Take(Greatest).Min(coin => coin.Time)?.ToDateTimeOffset();
        var otherwise = demand.Refusal($"the markets in {currency}", oldest, maxAge);
        if (ids is null)
        {
            var all = $"markets/{currency}";
            return (oldest is { } at && IsFresh(at)) || demand.WasAsked(all, maxAge) ? null
                : await demand.AskAsync(Dataset, [all], feed => feed.SeriesOf(feed.Settings with { Currencies = [currency] }), otherwise);
        }

        var fresh = coins.Where(coin => coin.Time is { } at && IsFresh(at.ToDateTimeOffset())).Select(coin => coin.Asset).ToHashSet();
        var wanted = ids.Where(id => !fresh.Contains(id) && !demand.WasAsked($"markets/{currency}/{id}", maxAge)).ToList();
        if (wanted.Count == 0)
        {
            return null;
        }

        var problem = await demand.AskAsync(
            Dataset, [.. wanted.Select(id => $"markets/{currency}/{id}")], feed => Requests(feed, currency, wanted), otherwise);
        // Where nobody can be asked, coins whose markets no feed polls are left out; what is stored of others must not be served old.
        return ReferenceEquals(problem, otherwise) && coins.Count == fresh.Count && !anyCoin ? null : problem;
    }

    private static IEnumerable<SeriesRequest> Requests(Feed feed, string currency, List<string> ids) =>
        ids.Chunk(MostPerPage).SelectMany(chunk => feed.SeriesOf(feed.Settings with { Currencies = [currency], Assets = chunk })
            .Select(series => series with { Series = CoinDemand.Name([currency], chunk) }));

    private bool IsFresh(DateTimeOffset at) => time.GetUtcNow() - at <= maxAge;

    /// <summary>Coins without the value come last, either way round.</summary>
    private static IEnumerable<AssetPrice> Ordered(Request request, IReadOnlyList<AssetPrice> coins) => request.Order switch
    {
        "market_cap_asc" => coins.OrderBy(coin => coin.MarketCap is null).ThenBy(coin => coin.MarketCap),
        "volume_desc" => coins.OrderBy(coin => coin.Volume24h is null).ThenByDescending(coin => coin.Volume24h),
        "volume_asc" => coins.OrderBy(coin => coin.Volume24h is null).ThenBy(coin => coin.Volume24h),
        "id_asc" => coins.OrderBy(coin => coin.Asset, StringComparer.Ordinal),
        "id_desc" => coins.OrderByDescending(coin => coin.Asset, StringComparer.Ordinal),
        _ => coins,
    };

    private static ReadOnlyMemory<byte> Encode(Request request, List<AssetPrice> coins, CoinLists lists)
    {
        var buffer = new ArrayBufferWriter<byte>(16 + (1024 * coins.Count));
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartArray();
            foreach (var coin in coins)
            {
                json.WriteStartObject();
                MarketRow.Write(json, coin, lists.Find(coin.Asset), request);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        return buffer.WrittenMemory;
    }
}
