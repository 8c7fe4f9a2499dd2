using System.Diagnostics;

namespace AkkaCrypto.TestKit;

/// <summary>Signals to real processes.</summary>
public static class Signals
{
    /// <returns>Whether all were there to get it.</returns>
    public static bool Send(string signal, params int[] pids)
    {
        using var kill = Process.Start("kill", [$"-{signal}", .. pids.Select(pid => $"{pid}")]);
        kill.WaitForExit();
        return kill.ExitCode == 0;
    }

    /// <summary>
    /// Stops a server and every process that it has forked. It stands before its children are listed: it forks no other then, and reaps
    /// none, so that each of them takes every further signal, one that has ended by itself included.
    /// </summary>
    /// <returns>The children and then the server: in this order they may all go on.</returns>
    public static async Task<int[]> StopWithChildrenAsync(int pid)
    {
        Assert.True(Send("STOP", pid), $"There is no process {pid}.");
        await Eventually.HoldsAsync(async () =>
            (await File.ReadAllTextAsync($"/proc/{pid}/stat")).Contains(") T ", StringComparison.Ordinal));
        int[] all = [.. ChildrenOf(pid), pid];
        Assert.True(Send("STOP", all), $"A process forked by {pid} has gone.");
        return all;
    }

    private static IEnumerable<int> ChildrenOf(int pid) =>
        File.ReadAllText($"/proc/{pid}/task/{pid}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(int.Parse);
}
