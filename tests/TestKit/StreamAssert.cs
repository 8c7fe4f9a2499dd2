using AkkaCrypto.Pipeline.Streams;

namespace AkkaCrypto.TestKit;

/// <summary>What must hold after a stream has ended.</summary>
public static class StreamAssert
{
    /// <summary>
    /// Runs the body and asserts that every stage it started had stopped when it returned: not a moment later, for a run ends when its
    /// stages have. Sees the stages of this body only, so tests can run side by side.
    /// </summary>
    public static async Task AssertAllStagesStopped(Func<Task> body)
    {
        var ledger = StageLedger.Open();
        await body();
        Assert.True(ledger.Entered > 0, "no stage was started, so nothing was shown");
        Assert.True(ledger.Running.Count == 0, $"still running: {string.Join(", ", ledger.Running)}");
    }
}
