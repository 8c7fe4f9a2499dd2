using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.Text;
using AkkaCrypto.Pipeline.Ops;
using AkkaCrypto.Storage.Postgres;
using Npgsql;
using NpgsqlTypes;

namespace AkkaCrypto.Pipeline.Market;

/// <summary>Prices as their tables have them: asset, currency, price, market_cap, volume_24h, change_24h, time_ns, time_digits.</summary>
internal static class PriceRows
{
    /// <param name="command">Gives those columns of the assets in <c>$1</c> and the currencies in <c>$2</c>.</param>
    public static async Task<IReadOnlyList<AssetPrice>> ReadAsync(
        NpgsqlCommand command, IReadOnlyList<string> assets, IReadOnlyList<string> currencies, CancellationToken cancellationToken)
    {
        command.Parameters.AddColumn(NpgsqlDbType.Text, [.. assets]);
        command.Parameters.AddColumn(NpgsqlDbType.Text, [.. currencies]);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var prices = new List<AssetPrice>();
        while (await reader.ReadAsync(cancellationToken))
        {
            prices.Add(new AssetPrice(
                reader.GetString(0), reader.GetString(1), reader.NumberOrNull(2), reader.NumberOrNull(3), reader.NumberOrNull(4),
                reader.NumberOrNull(5), new ProviderTime(reader.GetInt64(6), reader.GetInt16(7))));
        }

        return prices;
    }
}
