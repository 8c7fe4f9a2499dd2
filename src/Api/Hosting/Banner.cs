using AkkaCrypto.Contracts.Settings;

namespace AkkaCrypto.Api.Hosting;

/// <summary>
/// What a person who started the service wants to know first. Keys are shown in the demo alone, where they are no secrets.
/// </summary>
public static class Banner
{
    public static async Task PrintAsync(AkkaCryptoSettings settings, IEnumerable<string> urls, Uri? simulator, TextWriter console)
    {
        var url = urls.First();
        await console.WriteLineAsync(
            $"\nAkkaCrypto ({settings.Profile}) listens on {url}   pages: {url}/docs   ready when {url}/readyz answers 200");
        if (simulator is not null)
        {
            await console.WriteLineAsync($"Simulator: {simulator} (each provider below its name; what misbehaves: faults)");
        }

        if (settings.Auth.ApiKeys.Count == 0 && settings.Auth.AdminKey is null)
        {
            await console.WriteLineAsync("No key opens the API yet: set AKKACRYPTO_ADMIN_KEY and start again.");
        }

        if (settings.Profile == "demo")
        {
            foreach (var key in settings.Auth.ApiKeys)
            {
                await console.WriteLineAsync($"  X-API-Key: {key.Key,-16} {key.Role.ToString().ToLowerInvariant(),-6} tier {key.Tier}");
            }

            await console.WriteLineAsync($"Try: curl -H 'X-API-Key: demo-key' '{url}/simple_price?assets=bitcoin&currencies=usd'\n");
        }
    }
}
