using System.Text.Json;
using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.OnChain;
using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Contracts.Text;
using AkkaCrypto.Pipeline.Feeds.Reading;

namespace AkkaCrypto.Pipeline.Feeds.CoinMetrics;

/// <summary>
/// Time series of Coin Metrics' API v4: <c>{"data":[{"asset":"btc","time":"2020-02-29T00:00:00.000000000Z","PriceUSD":"8582.09029964933",
/// "SplyBMXNtv-status":"reviewed"}],"next_page_token":…}</c>, and a stream's message, which is such a row alone. Every value is a string,
/// null where there is none. Rows of <c>asset-metrics</c> and <c>exchange-asset-metrics</c> (<c>"exchange_asset":"binance-btc"</c>, whose
/// exchange is the source) become one record a metric; a row with a block's hash is of the interval <c>block</c>; a
/// <c>reorg</c> has no metrics and gives no record. <c>market-trades</c> are trades of the market's own exchange. Figures of an exchange
/// over all its assets have no asset and so no record. The frequency and, for figures of whole assets, the source are the request's.
/// </summary>
internal static class CoinMetricsReplies
{
    private static readonly FieldNames Root = new("data", "error", "asset", "market", "type", "exchange_asset", "warning");
    private static readonly FieldNames ErrorNames = new("type", "message");

    public static readonly Normaliser OnChain = PlainReply.Or(
        PlainMetrics.TryRead,
        Reply.Normaliser((ref Utf8JsonReader reader, in Reply reply) => Read(ref reader, reply, hasMetrics: true, hasTrades: false)));

    public static readonly Normaliser Trades = Reply.Normaliser((ref Utf8JsonReader reader, in Reply reply) =>
        Read(ref reader, reply, hasMetrics: false, hasTrades: true));

    public static readonly Normaliser Stream = Reply.Normaliser((ref Utf8JsonReader reader, in Reply reply) =>
        Read(ref reader, reply, hasMetrics: true, hasTrades: true));

    private static void Read(ref Utf8JsonReader reader, in Reply reply, bool hasMetrics, bool hasTrades)
    {
        const string Expected = "an object with a list data, or a stream's message";
        if (!reply.IsObject(ref reader, Expected))
        {
            return;
        }

        Span<JsonField> fields = stackalloc JsonField[Root.Count];
        Root.Read(ref reader, fields);
        if (fields[1].Type is JsonTokenType.StartObject)
        {
            RefuseError(reply, fields[1].Of(reply.Json));
        }
        else if (fields[0].Type is JsonTokenType.StartArray)
        {
            ReadRows(fields[0].Of(reply.Json), reply, new RowKinds(hasMetrics, hasTrades));
        }
        else if (fields[2].Type is JsonTokenType.String || fields[3].Type is JsonTokenType.String || fields[5].Type is JsonTokenType.String)
        {
            var row = new Utf8JsonReader(reply.Json);
            row.Read();
            var columns = new MetricColumns();
            columns.Read(ref row);
            AddRow(reply.Json, reply, new ElementPath("$"), columns, new RowKinds(hasMetrics, hasTrades));
        }
        else if (fields[6].Type is not JsonTokenType.StartObject)
        {
            reply.RefuseShape(Expected);
        }
    }

    /// <summary><c>{"error":{"type":"bad_parameter","message":"Bad parameter 'page_size'. Must be at most 10000."}}</c>.</summary>
    private static void RefuseError(in Reply reply, ReadOnlySpan<byte> json)
    {
        Span<JsonField> fields = stackalloc JsonField[ErrorNames.Count];
        var reader = new Utf8JsonReader(json);
        reader.Read();
        ErrorNames.Read(ref reader, fields);
        var (code, message) = (TextOf(fields[0], json), TextOf(fields[1], json));
        var meaning = Meaning(code) ?? GatewayErrors.MeaningOfUnknown(code, message);
        reply.Refuse(meaning, $"Coin Metrics answered with an error: {message ?? "no message"}", null, code);
    }

    private static string? TextOf(in JsonField field, ReadOnlySpan<byte> json) =>
        field.Type is JsonTokenType.String && field.TryText(json, out var text) && !text.IsEmpty ? ShownText.Of(text, 300) : null;

    /// <summary>The types that the documentation names, with those of their kind; others by their words, as a gateway's.</summary>
    private static RefusalCode? Meaning(string? type) => type switch
    {
        "not_supported" or ['b', 'a', 'd', '_', 'p' or 'r', ..] => RefusalCode.BadRequest,
        _ when type?.EndsWith("_parameter", StringComparison.Ordinal) == true => RefusalCode.BadRequest, // missing, unsupported, …
        _ when type?.EndsWith("_parameters", StringComparison.Ordinal) == true => RefusalCode.BadRequest,
        "wrong_credentials" or "invalid_credentials" or "missing_credentials" => RefusalCode.Unauthorized,
        "internal_error" or "server_error" => RefusalCode.ProviderUnavailable,
        _ => null,
    };

    private static void ReadRows(ReadOnlySpan<byte> json, in Reply reply, RowKinds kinds)
    {
        var reader = new Utf8JsonReader(json);
        reader.Read();
        var columns = new MetricColumns();
        for (var index = 0; reader.Read() && reader.TokenType is not JsonTokenType.EndArray && !reply.IsHopeless; index++)
        {
            var path = new ElementPath("$.data", index);
            if (reader.TokenType is not JsonTokenType.StartObject)
            {
                reader.Skip();
                reply.Refuse(RefusalCode.UnexpectedShape, "not an object", path.ToString());
                continue;
            }

            columns.Read(ref reader);
            if (columns.IsTooMany)
            {
                reply.Refuse(RefusalCode.UnexpectedShape, $"more than {MetricColumns.Most} metrics", path.ToString());
                return;
            }

            AddRow(json, reply, path, columns, kinds);
        }
    }

    private static void AddRow(ReadOnlySpan<byte> json, in Reply reply, ElementPath path, MetricColumns columns, RowKinds kinds)
    {
        var row = new Element(json, columns.LabelFields, MetricColumns.Labels, reply.Into, path);
        if (row.Has(MetricColumns.Market))
        {
            AddTrade(row, reply, path, kinds);
        }
        else if (!kinds.Metrics)
        {
            reply.Refuse(RefusalCode.UnexpectedShape, "not a trade: expected a market and a coin_metrics_id", path.ToString());
        }
        else if (row.Has(MetricColumns.Exchange) && !row.Has(MetricColumns.Asset) && !row.Has(MetricColumns.ExchangeAsset))
        {
            reply.Refuse(
                RefusalCode.UnexpectedShape, "figures of an exchange over all its assets: expected an asset or an exchange_asset",
                path.ToString());
        }
        else if (row.IsoTime(MetricColumns.Time, out var time) && columns.Metrics.Count > 0
            && TryTarget(row, reply, columns, out var target))
        {
            AddPoints(json, reply, path, columns, target, time);
        }
    }

    /// <summary>Whose figures the row has, and of which interval.</summary>
    private static bool TryTarget(in Element row, in Reply reply, MetricColumns columns, out Target target)
    {
        target = default;
        if (!TryAsset(row, columns, reply.Context.Asset, out var asset, out var exchange, out var field))
        {
            return false;
        }

        var context = reply.Context;
        if (context.Asset is { } asked && asked != asset)
        {
            return row.Refuse(field, RefusalCode.InvalidField, $"{asked}, which was asked for");
        }

        if (exchange is not null && context.Source is { } source && source != exchange)
        {
            return row.Refuse(field, RefusalCode.InvalidField, $"the source {source}, which was asked for");
        }

        var isBlock = row.Has(MetricColumns.Hash) || row.Has(MetricColumns.BlockHash);
        if (isBlock && context.Interval is not (null or "block"))
        {
            var hash = row.Has(MetricColumns.Hash) ? MetricColumns.Hash : MetricColumns.BlockHash;
            return row.Refuse(hash, RefusalCode.InvalidField, $"the interval {context.Interval}, which was asked for, and not a block");
        }

        var interval = context.Interval ?? (isBlock ? "block" : null);
        reply.Into.MissingContext ??= interval is null ? "interval" : null;
        target = new Target(asset, exchange ?? context.Source, interval!);
        return interval is not null;
    }

    private static bool TryAsset(
        in Element row, MetricColumns columns, string? asked, out string asset, out string? exchange, out int field)
    {
        exchange = null;
        field = row.Has(MetricColumns.ExchangeAsset) ? MetricColumns.ExchangeAsset : MetricColumns.Asset;
        if (!row.Text(field, out asset))
        {
            return false;
        }

        var ticker = asset.ToLowerInvariant();
        if (field == MetricColumns.ExchangeAsset)
        {
            var dash = ticker.LastIndexOf('-');
            if (dash < 1)
            {
                return row.Refuse(field, RefusalCode.InvalidField, "an exchange and an asset such as binance-btc");
            }

            (exchange, ticker) = (ticker[..dash], ticker[(dash + 1)..]);
        }

        asset = AssetTickers.IdOf(ticker) ?? columns.IdOfUnknown(ticker, asked) ?? "";
        return asset.Length > 0 || row.Refuse(field, RefusalCode.InvalidField, "an asset whose CoinGecko id is known, such as btc");
    }

    private static void AddPoints(
        ReadOnlySpan<byte> json, in Reply reply, ElementPath path, MetricColumns columns, in Target target, ProviderTime time)
    {
        Span<JsonField> value = stackalloc JsonField[1];
        foreach (var metric in columns.Metrics)
        {
            if (!metric.IsName)
            {
                var shown = ShownText.Of(metric.Utf8);
                reply.Refuse(
                    RefusalCode.InvalidField, $"\"{shown}\": expected a metric's name of letters, digits and _", path.Of(metric.Key));
                continue;
            }

            if ((metric.IsOfAllExchanges ? MetricNames.AllExchanges : target.Source) is not { } source)
            {
                reply.Into.MissingContext ??= "source";
                return;
            }

            value[0] = metric.Value;
            if (new Element(json, value, metric.Field, reply.Into, path).OptionalDecimal(0, Sign.Any, out var number))
            {
                reply.Into.Records.Add(new OnChainPoint(target.Asset, metric.Name, source, target.Interval, time, number));
            }
        }
    }

    /// <summary>
    /// <c>{"time":…,"market":"coinbase-btc-usd-spot","coin_metrics_id":"100","amount":"1000.01","price":"10.61","side":"buy"}</c>; the
    /// side is the taker's. The id is Coin Metrics' own where the exchange gives none.
    /// </summary>
    private static void AddTrade(in Element row, in Reply reply, ElementPath path, RowKinds kinds)
    {
        if (!kinds.Trades || !row.Has(MetricColumns.TradeId))
        {
            reply.Refuse(
                RefusalCode.UnexpectedShape,
                kinds.Trades ? "not a trade: expected a coin_metrics_id" : "figures of a market, not of an asset",
                path.ToString());
        }
        else if (TryMarket(row, reply.Context.Pair, out var exchange, out var pair)
            && row.Id(MetricColumns.TradeId, out var id)
            && row.IsoTime(MetricColumns.Time, out var time)
            && row.Decimal(MetricColumns.Price, Sign.Positive, out var price)
            && row.Decimal(MetricColumns.Amount, Sign.Positive, out var amount)
            && row.OptionalText(MetricColumns.Side, out var side))
        {
            TakerSide? taker = side switch { "buy" => TakerSide.Buy, "sell" => TakerSide.Sell, _ => null };
            if (taker is null && side is not null)
            {
                row.Refuse(MetricColumns.Side, RefusalCode.InvalidField, "buy or sell");
                return;
            }

            reply.Into.Records.Add(new Trade(exchange, pair, id, price, amount, taker, time));
        }
    }

    private static bool TryMarket(in Element row, string? asked, out string exchange, out string pair)
    {
        (exchange, pair) = ("", "");
        if (!row.Text(MetricColumns.Market, out var market))
        {
            return false;
        }

        if (market.ToLowerInvariant().Split('-') is not [{ Length: > 0 } name, var target, var quote, "spot"]
            || !CurrencyPair.TryParse($"{target}-{quote}", out var read))
        {
            return row.Refuse(MetricColumns.Market, RefusalCode.InvalidField, "a spot market such as coinbase-btc-usd-spot");
        }

        (exchange, pair) = (name, read.ToString());
        return asked is null || asked == pair || row.Refuse(MetricColumns.Market, RefusalCode.WrongPair, asked);
    }

    private readonly record struct Target(string Asset, string? Source, string Interval);

    /// <summary>What a dataset's rows may be.</summary>
    private readonly record struct RowKinds(bool Metrics, bool Trades);
}
