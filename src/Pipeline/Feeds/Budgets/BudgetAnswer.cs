namespace AkkaCrypto.Pipeline.Feeds.Budgets;

/// <summary>One request that asks for its share of the budget.</summary>
internal readonly record struct Wanted(RequestPriority Priority, int Weight);

/// <summary>What became of a list of requests, most urgent first.</summary>
/// <param name="Granted">So many from its beginning may start, and are counted.</param>
/// <param name="Wait">When the next one should ask again; zero where none is left.</param>
/// <param name="Held">How long the provider is left alone; zero where it isn't.</param>
/// <param name="Nodes">Processes that share the budget, this one among them.</param>
/// <param name="Used">By window, in the order of <see cref="BudgetWindow.All"/>.</param>
internal sealed record BudgetAnswer(int Granted, TimeSpan Wait, TimeSpan Held, int Nodes, IReadOnlyList<long> Used);

/// <summary>What a process did while the shared state was away, told to it afterwards.</summary>
/// <param name="Id">The same report may be sent twice and counts once; null: nothing to report.</param>
/// <param name="Used">By window: what may still be in it.</param>
/// <param name="Log">Each grant as <c>age in ms:priority:weight:number</c>, by commas, for the log. Its number in this process shows there
/// that it was told before.</param>
internal sealed record BudgetReport(string? Id, IReadOnlyList<long> Used, Func<string> Log)
{
    public static readonly BudgetReport None = new(null, [0, 0, 0, 0], static () => "");
}
