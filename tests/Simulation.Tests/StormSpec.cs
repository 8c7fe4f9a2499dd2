using System.Diagnostics;
using AkkaCrypto.Simulator.Market;
using AkkaCrypto.TestKit;
using AkkaCrypto.TestKit.Servers;
using Xunit.Abstractions;

namespace AkkaCrypto.Simulation.Tests;

/// <summary>
/// Every kind of fault at once on all providers, REST and sockets: afterwards all that is stored is the market's, minus what stands in the
/// gap register, and no provider was ever asked past its budget.
/// </summary>
public sealed class StormSpec(ITestOutputHelper output)
{
    private const long MarketSeed = 20260101;

    [Fact]
    public Task After_half_a_minute_of_every_fault_all_that_is_stored_is_the_markets() => StormAsync(TimeSpan.FromSeconds(30), pace: 5);

    /// <summary>An hour's trades in six minutes: ten times the pace.</summary>
    [Fact]
    [Trait("Category", "Soak")]
    public Task After_a_simulated_hour_of_every_fault_all_that_is_stored_is_the_markets() => StormAsync(TimeSpan.FromMinutes(6), pace: 10);

    private async Task StormAsync(TimeSpan span, int pace)
    {
        using var folder = new TemporaryFolder();
        var settings = $$"""
            akkacrypto {
              simulator { seed = {{MarketSeed}}, pace = {{pace}} }
              repair { every = 2s, min-pause = 1s }
              {{FaultStorm.OftenAsked}}
            }
            """;
        await using var service = await ServiceProcess.StartAsync(folder.Path, settings);
        await service.WhenReadyAsync();

        await FaultStorm.BeginAsync(service.Simulator);
        await Eventually.AfterAsync(span);
        await FaultStorm.EndAsync(service.Simulator);

        await StoredTruth.AssertAsync(service, new MarketModel(MarketSeed, pace), output);
        var (exit, proof) = await QuotaProofAsync(folder.Path);
        output.WriteLine(proof);
        Assert.True(exit == 0, proof);
    }

    private static async Task<(int Exit, string Output)> QuotaProofAsync(string folder)
    {
        var start = new ProcessStartInfo("dotnet")
        {
            ArgumentList =
            {
                Path.Combine(AppContext.BaseDirectory, "AkkaCrypto.Cli.dll"), "feeds", "quota-proof",
                "--profile", "demo", "--config", Path.Combine(folder, "test.conf"), "--data", Path.Combine(folder, "data"),
            },
            RedirectStandardOutput = true, RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var text = await process.StandardOutput.ReadToEndAsync() + await errors;
        await process.WaitForExitAsync();
        return (process.ExitCode, text);
    }
}
