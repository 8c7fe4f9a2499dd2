using System.Globalization;
using System.Text;
using AkkaCrypto.Contracts.Text;
using AkkaCrypto.Simulator.Market;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace AkkaCrypto.Simulator.CryptoQuant;

/// <summary>
/// CryptoQuant's API v1 under <c>/cryptoquant/v1</c>: any bearer token opens it, none is 401. Envelope
/// <c>{"status":{"code":200,"message":"success"},"result":{"window":"day","data":[…]}}</c>, newest first; <c>date</c> for days,
/// <c>datetime</c> for hours.
/// </summary>
internal sealed class CryptoQuantRoutes(MarketModel market, TimeProvider time)
{
    public static void Map(IEndpointRouteBuilder app, MarketModel market, TimeProvider time) =>
        app.Map("/cryptoquant/v1/{**path}", new CryptoQuantRoutes(market, time).HandleAsync);

    private Task HandleAsync(HttpContext context)
    {
        var authorization = context.Request.Headers.Authorization.ToString();
        if (!authorization.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase) || authorization.Length <= "Bearer ".Length)
        {
            return RefuseAsync(context, StatusCodes.Status401Unauthorized);
        }

        if (!HttpMethods.IsGet(context.Request.Method))
        {
            return RefuseAsync(context, StatusCodes.Status405MethodNotAllowed);
        }

        var parts = context.Request.RouteValues["path"]?.ToString()?.Split('/', 2) ?? [];
        if (parts.Length != 2 || parts[0] is not ("btc" or "eth") || Catalogue.BySymbol(parts[0]) is not { } asset
            || !Series.All.TryGetValue(parts[1], out var series))
        {
            return RefuseAsync(context, StatusCodes.Status404NotFound);
        }

        return CryptoQuantQuery.Read(context.Request.Query, time.GetUtcNow()) is { } query && TrySource(context, series, out var source)
            ? AnswerAsync(context, asset, series, source, query)
            : RefuseAsync(context, StatusCodes.Status400BadRequest);
    }

    private static Task RefuseAsync(HttpContext context, int status) =>
        JsonReply.WriteAsync(context, SimulatedCryptoQuant.StatusObject(status), status);

    private static bool TrySource(HttpContext context, Series series, out string source)
    {
        source = series.SourceParameter is { } parameter ? context.Request.Query[parameter].ToString() : "";
        return series.SourceParameter switch
        {
            null => true,
            "miner" => source == "all_miner" || OnChainModel.Miners.ContainsKey(source),
            _ => OnChainModel.Members(source) is not null && source != "all_miner" && !OnChainModel.Miners.ContainsKey(source),
        };
    }

    private Task AnswerAsync(HttpContext context, Asset asset, Series series, string source, CryptoQuantQuery query)
    {
        Dictionary<long, Flow?> known = [];
        var rows = Enumerable.Range(0, query.Rows).Select(i => query.First + ((query.Rows - 1 - i) * query.Length))
            .Select(from => (At: Name(query, from),
                Values: series.Values(new Span(market, asset, source, from, from + query.Length, known))));
        return query.Csv ? WriteCsvAsync(context, series, query, rows) : WriteJsonAsync(context, series, query, rows);
    }

    private static Task WriteJsonAsync(
        HttpContext context, Series series, CryptoQuantQuery query, IEnumerable<(string At, decimal?[] Values)> rows) =>
        JsonReply.WriteAsync(context, json =>
        {
            json.WriteStartObject();
            json.WriteStartObject("status");
            json.WriteNumber("code", 200);
            json.WriteString("message", "success");
            json.WriteEndObject();
            json.WriteStartObject("result");
            json.WriteString("window", query.Window);
            json.WriteStartArray("data");
            foreach (var (at, values) in rows)
            {
                json.WriteStartObject();
                json.WriteString(TimeField(query), at);
                for (var i = 0; i < values.Length; i++)
                {
                    json.Number(series.Fields[i], values[i]);
                }

                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
            json.WriteEndObject();
        });

    private static Task WriteCsvAsync(
        HttpContext context, Series series, CryptoQuantQuery query, IEnumerable<(string At, decimal?[] Values)> rows)
    {
        var text = new StringBuilder().Append(TimeField(query)).Append(',').AppendJoin(',', series.Fields).Append('\n');
        foreach (var (at, values) in rows)
        {
            text.Append(at).Append(',').AppendJoin(',', values.Select(v => v is { } known ? DecimalText.Format(known) : "")).Append('\n');
        }

        context.Response.ContentType = "text/csv; charset=utf-8";
        return context.Response.WriteAsync(text.ToString(), context.RequestAborted);
    }

    private static string TimeField(CryptoQuantQuery query) => query.Window == "day" ? "date" : "datetime";

    private static string Name(CryptoQuantQuery query, long hour) => DateTimeOffset.FromUnixTimeSeconds(hour * 3600)
        .ToString(query.Window == "day" ? "yyyy-MM-dd" : "yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);
}
