namespace AkkaCrypto.Contracts.Ops;

/// <summary>How one provider's budget stands, over all nodes.</summary>
/// <param name="Windows">Those that have a budget, shortest first.</param>
/// <param name="HeldUntil">The provider asked to be left alone until then; null when it didn't.</param>
/// <param name="Waiting">Requests of this process that wait for their turn.</param>
/// <param name="Nodes">Processes that share the budget, as of the last word of the shared state.</param>
/// <param name="CutOff">The shared state does not answer: this process goes on with its local share.</param>
public sealed record GovernorStatus(
    string Provider, IReadOnlyList<BudgetWindowStatus> Windows, DateTimeOffset? HeldUntil, int Waiting, int Nodes, bool CutOff);

/// <param name="Window"><c>second</c>, <c>minute</c>, <c>day</c> or <c>month</c> (31 days), sliding.</param>
/// <param name="Budget">In the provider's own units of weight.</param>
/// <param name="Used">What may still be in the window.</param>
public sealed record BudgetWindowStatus(string Window, long Budget, long Used)
{
    public long Left => Math.Max(0, Budget - Used);
}
