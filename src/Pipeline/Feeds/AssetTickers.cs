namespace AkkaCrypto.Pipeline.Feeds;

/// <summary>
/// What providers of on-chain data call an asset, by its CoinGecko id. Tickers are not unique over all coins; these are of coins for which
/// the providers' documentation means this one.
/// </summary>
internal static class AssetTickers
{
    private static readonly Dictionary<string, string> Tickers = new(StringComparer.Ordinal)
    {
        ["bitcoin"] = "btc", ["ethereum"] = "eth", ["ripple"] = "xrp", ["tron"] = "trx", ["tether"] = "usdt", ["usd-coin"] = "usdc",
        ["dai"] = "dai", ["binancecoin"] = "bnb", ["solana"] = "sol", ["cardano"] = "ada", ["dogecoin"] = "doge", ["polkadot"] = "dot",
        ["avalanche-2"] = "avax", ["chainlink"] = "link", ["litecoin"] = "ltc", ["bitcoin-cash"] = "bch", ["bitcoin-cash-sv"] = "bsv",
        ["ethereum-classic"] = "etc", ["stellar"] = "xlm", ["monero"] = "xmr", ["zcash"] = "zec", ["dash"] = "dash", ["decred"] = "dcr",
        ["digibyte"] = "dgb", ["vertcoin"] = "vtc", ["bitcoin-gold"] = "btg", ["grin"] = "grin", ["neo"] = "neo",
        ["eos"] = "eos", ["tezos"] = "xtz", ["cosmos"] = "atom", ["algorand"] = "algo", ["internet-computer"] = "icp",
        ["uniswap"] = "uni", ["aave"] = "aave", ["maker"] = "mkr", ["compound-governance-token"] = "comp", ["curve-dao-token"] = "crv",
        ["yearn-finance"] = "yfi", ["havven"] = "snx", ["sushi"] = "sushi", ["1inch"] = "1inch", ["balancer"] = "bal", ["uma"] = "uma",
        ["0x"] = "zrx", ["basic-attention-token"] = "bat", ["omisego"] = "omg", ["republic-protocol"] = "ren", ["loopring"] = "lrc",
        ["augur"] = "rep", ["decentraland"] = "mana", ["golem"] = "glm", ["gnosis"] = "gno", ["kyber-network-crystal"] = "knc",
        ["nexo"] = "nexo", ["okb"] = "okb", ["huobi-token"] = "ht", ["ftx-token"] = "ftt",
        ["paxos-standard"] = "usdp", ["true-usd"] = "tusd", ["gemini-dollar"] = "gusd", ["binance-usd"] = "busd",
        ["pax-gold"] = "paxg", ["tether-gold"] = "xaut", ["wrapped-bitcoin"] = "wbtc", ["matic-network"] = "matic",
        ["quant-network"] = "qnt", ["shiba-inu"] = "shib", ["the-sandbox"] = "sand", ["lido-dao"] = "ldo",
        ["near"] = "near", ["aptos"] = "apt", ["arbitrum"] = "arb", ["optimism"] = "op", ["filecoin"] = "fil", ["vechain"] = "vet",
        ["hedera-hashgraph"] = "hbar", ["the-open-network"] = "ton", ["sui"] = "sui", ["pepe"] = "pepe", ["apecoin"] = "ape",
        ["the-graph"] = "grt", ["crypto-com-chain"] = "cro", ["leo-token"] = "leo", ["qtum"] = "qtum", ["waves"] = "waves",
        ["lisk"] = "lsk", ["icon"] = "icx", ["verge"] = "xvg", ["nem"] = "xem", ["livepeer"] = "lpt", ["chiliz"] = "chz",
        ["enjincoin"] = "enj", ["fantom"] = "ftm", ["theta-token"] = "theta", ["axie-infinity"] = "axs", ["weth"] = "weth",
        ["staked-ether"] = "steth", ["first-digital-usd"] = "fdusd", ["paypal-usd"] = "pyusd",
    };

    private static readonly Dictionary<string, string> Ids =
        Tickers.ToDictionary(entry => entry.Value, entry => entry.Key, StringComparer.Ordinal);

    public static string? TickerOf(string id) => Tickers.GetValueOrDefault(id);

    public static string? IdOf(string ticker) => Ids.GetValueOrDefault(ticker);

    public static IEnumerable<string> KnownIds => Tickers.Keys;
}
