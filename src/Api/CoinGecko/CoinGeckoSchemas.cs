namespace AkkaCrypto.Api.CoinGecko;

/// <summary>JSON Schemas of the answers. What CoinGecko says in its own words is open: it adds members as it likes.</summary>
internal static class CoinGeckoSchemas
{
    private const string NumberOrNull = """{"type":["number","null"]}""";
    private const string IntegerOrNull = """{"type":["integer","null"]}""";
    private const string TextOrNull = """{"type":["string","null"]}""";
    private const string Numbers = """{"type":"object","additionalProperties":{"type":"number"}}""";

    public const string Ping =
        """{"type":"object","required":["gecko_says"],"properties":{"gecko_says":{"type":"string"}},"additionalProperties":false}""";

    public const string Currencies = """{"type":"array","items":{"type":"string"}}""";

    public const string CoinsList =
        """
        {"type":"array","items":{"type":"object","required":["id","symbol","name"],"properties":{"id":{"type":"string"},
        "symbol":{"type":"string"},"name":{"type":"string"},
        "platforms":{"type":"object","additionalProperties":{"type":["string","null"]}}},"additionalProperties":false}}
        """;

    public const string SimplePrice =
        $$"""{"type":"object","additionalProperties":{"type":"object","additionalProperties":{{NumberOrNull}} } }""";

    public const string Chart =
        $$"""
        {"type":"object","required":["prices","market_caps","total_volumes"],"additionalProperties":false,
        "properties":{"prices":{{Points}},"market_caps":{{Points}},"total_volumes":{{Points}} } }
        """;

    public const string Ohlc =
        """{"type":"array","items":{"type":"array","items":{"type":"number"},"minItems":5,"maxItems":5}}""";

    public const string Coin =
        """
        {"type":"object","required":["id","symbol","name"],"properties":{"id":{"type":"string"},"symbol":{"type":"string"},
        "name":{"type":"string"},"market_data":{"type":"object"},"last_updated":{"type":["string","null"]}},"additionalProperties":true}
        """;

    public const string History =
        """
        {"type":"object","required":["id","symbol","name"],"properties":{"id":{"type":"string"},"symbol":{"type":"string"},
        "name":{"type":"string"},"market_data":{"type":"object"}},"additionalProperties":true}
        """;

    private const string Found = """{"type":"array","items":{"type":"object"}}""";

    public const string Search =
        $$"""
        {"type":"object","required":["coins","exchanges","icos","categories","nfts"],"properties":{"coins":{"type":"array","items":
        {"type":"object","required":["id","name","api_symbol","symbol","market_cap_rank","thumb","large"],"properties":{
        "id":{"type":"string"},"name":{"type":"string"},"api_symbol":{"type":"string"},"symbol":{"type":"string"},
        "market_cap_rank":{{IntegerOrNull}},"thumb":{{TextOrNull}},"large":{{TextOrNull}} } } },
        "exchanges":{{Found}},"icos":{"type":"array","items":{} },"categories":{{Found}},"nfts":{{Found}} },"additionalProperties":true}
        """;

    public const string Global =
        $$"""
        {"type":"object","required":["data"],"additionalProperties":false,"properties":{"data":{"type":"object",
        "required":["active_cryptocurrencies","upcoming_icos","ongoing_icos","ended_icos","markets","total_market_cap","total_volume",
        "market_cap_percentage","market_cap_change_percentage_24h_usd","volume_change_percentage_24h_usd","updated_at"],
        "additionalProperties":false,"properties":{"active_cryptocurrencies":{{IntegerOrNull}},"upcoming_icos":{{IntegerOrNull}},
        "ongoing_icos":{{IntegerOrNull}},"ended_icos":{{IntegerOrNull}},"markets":{{IntegerOrNull}},"total_market_cap":{{Numbers}},
        "total_volume":{{Numbers}},"market_cap_percentage":{{Numbers}},"market_cap_change_percentage_24h_usd":{{NumberOrNull}},
        "volume_change_percentage_24h_usd":{{NumberOrNull}},"updated_at":{"type":"integer"} } } } }
        """;

    public const string Markets =
        $$"""
        {"type":"array","items":{"type":"object","additionalProperties":false,"required":["id","symbol","name","image","current_price",
        "market_cap","market_cap_rank","fully_diluted_valuation","total_volume","high_24h","low_24h","price_change_24h",
        "price_change_percentage_24h","market_cap_change_24h","market_cap_change_percentage_24h","circulating_supply","total_supply",
        "max_supply","ath","ath_change_percentage","ath_date","atl","atl_change_percentage","atl_date","roi","last_updated"],
        "properties":{"id":{"type":"string"},"symbol":{"type":"string"},"name":{"type":"string"},"image":{"type":"string"},
        "current_price":{{NumberOrNull}},"market_cap":{{NumberOrNull}},"market_cap_rank":{{IntegerOrNull}},
        "fully_diluted_valuation":{{NumberOrNull}},"total_volume":{{NumberOrNull}},"high_24h":{{NumberOrNull}},"low_24h":{{NumberOrNull}},
        "price_change_24h":{{NumberOrNull}},"price_change_percentage_24h":{{NumberOrNull}},"market_cap_change_24h":{{NumberOrNull}},
        "market_cap_change_percentage_24h":{{NumberOrNull}},"circulating_supply":{{NumberOrNull}},"total_supply":{{NumberOrNull}},
        "max_supply":{{NumberOrNull}},"ath":{{NumberOrNull}},"ath_change_percentage":{{NumberOrNull}},"ath_date":{{TextOrNull}},
        "atl":{{NumberOrNull}},"atl_change_percentage":{{NumberOrNull}},"atl_date":{{TextOrNull}},"roi":{"type":["object","null"]},
        "last_updated":{{TextOrNull}},"market_cap_rank_with_rehypothecated":{{IntegerOrNull}},
        "sparkline_in_7d":{"type":"object","required":["price"],"properties":{"price":{"type":"array","items":{"type":"number"} } } },
        "price_change_percentage_1h_in_currency":{{NumberOrNull}},"price_change_percentage_24h_in_currency":{{NumberOrNull}},
        "price_change_percentage_7d_in_currency":{{NumberOrNull}},"price_change_percentage_14d_in_currency":{{NumberOrNull}},
        "price_change_percentage_30d_in_currency":{{NumberOrNull}},"price_change_percentage_200d_in_currency":{{NumberOrNull}},
        "price_change_percentage_1y_in_currency":{{NumberOrNull}} } } }
        """;

    private const string Points =
        """
        {"type":"array","items":{"type":"array","prefixItems":[{"type":"integer"}],
        "items":{"type":["number","null"]},"minItems":2,"maxItems":2}}
        """;
}
