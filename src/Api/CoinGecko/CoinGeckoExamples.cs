namespace AkkaCrypto.Api.CoinGecko;

/// <summary>One body for each path of CoinGecko's API.</summary>
internal static class CoinGeckoExamples
{
    public const string Ping = """{"gecko_says":"(V3) To the Moon!"}""";

    public const string Currencies = """["btc","eth","usd","krw"]""";

    public const string CoinsList = """[{"id":"bitcoin","symbol":"btc","name":"Bitcoin","platforms":{}}]""";

    public const string SimplePrice =
        """{"bitcoin":{"usd":76975,"usd_market_cap":1542226908349.8406,"usd_24h_vol":29096603418.89408,"usd_24h_change":-1.4093297098441402,"last_updated_at":1779092258}}""";

    public const string Markets =
        """
        [{"id":"bitcoin","symbol":"btc","name":"Bitcoin","image":"https://coin-images.coingecko.com/coins/images/1/large/bitcoin.png",
        "current_price":77671,"market_cap":1555886872303,"market_cap_rank":1,"fully_diluted_valuation":1555914058873,
        "total_volume":33235034316,"high_24h":78419,"low_24h":76696,"price_change_24h":-747.3360347281705,
        "price_change_percentage_24h":-0.95302,"market_cap_change_24h":-15184401491.513184,"market_cap_change_percentage_24h":-0.9665,
        "circulating_supply":20030493,"total_supply":20030843,"max_supply":21000000,"ath":126080,"ath_change_percentage":-38.39571,
        "ath_date":"2025-10-06T18:57:42.558Z","atl":67.81,"atl_change_percentage":114443.23093,"atl_date":"2013-07-06T00:00:00.000Z",
        "roi":null,"last_updated":"2026-05-18T12:49:21.599Z"}]
        """;

    public const string Chart =
        """{"prices":[[1779027899041,77953.82550382407]],"market_caps":[[1779027899041,1561491014432.8672]],"total_volumes":[[1779027899041,null]]}""";

    public const string Ohlc = """[[1779199200000,76769,76889,76744,76818]]""";

    public const string Coin =
        """{"id":"bitcoin","symbol":"btc","name":"Bitcoin","market_data":{"current_price":{"usd":69840}},"last_updated":"2024-04-07T15:24:51.021Z"}""";

    public const string History =
        """{"id":"bitcoin","symbol":"btc","name":"Bitcoin","image":{"thumb":"missing_thumb.png","small":"missing_small.png"},"market_data":{"current_price":{"usd":42208.202176186474},"market_cap":{"usd":827596236151.1959},"total_volume":{"usd":14183728910.169804}}}""";

    public const string Search =
        """{"coins":[{"id":"bitcoin","name":"Bitcoin","api_symbol":"bitcoin","symbol":"BTC","market_cap_rank":1,"thumb":"missing_thumb.png","large":"missing_large.png"}],"exchanges":[],"icos":[],"categories":[],"nfts":[]}""";

    public const string Global =
        """{"data":{"active_cryptocurrencies":18000,"upcoming_icos":0,"ongoing_icos":49,"ended_icos":3376,"markets":1200,"total_market_cap":{"usd":2600000000000},"total_volume":{"usd":90000000000},"market_cap_percentage":{"btc":58.1},"market_cap_change_percentage_24h_usd":-0.97,"volume_change_percentage_24h_usd":null,"updated_at":1779878351}}""";
}
