using AkkaCrypto.Bench.Reads;
using AkkaCrypto.Contracts.Settings;

namespace AkkaCrypto.Bench.Wallets;

/// <summary>What is measured is what is shipped.</summary>
internal static class WalletsSettings
{
    public static (ActorSettings Actors, LedgerSettings Ledger) Shipped()
    {
        var settings = BenchSettings.Create(Path.GetTempPath());
        return (settings.Actors, settings.Ledger);
    }
}
