using AkkaCrypto.Contracts.Settings;

namespace AkkaCrypto.Pipeline.Feeds.Budgets;

/// <summary>
/// One length of sliding window in which a provider's budget is counted. Use is kept in buckets of <paramref name="Grain"/>, and a bucket
/// counts whole until its <em>end</em> has left the window: so no sliding window of <paramref name="Length"/> ever holds more than the
/// budget, memory is bounded at any rate, and at most Length / (Length + Grain + Margin) of the budget is used: 98 % or more.
/// </summary>
/// <param name="Name">As in the settings, <c>per-&lt;name&gt;</c>.</param>
/// <param name="Margin">Kept on top: the provider counts when a request arrives, which is some milliseconds after it was granted.</param>
public sealed record BudgetWindow(string Name, TimeSpan Length, TimeSpan Grain, TimeSpan Margin)
{
    /// <summary>Of the budget, so many parts are kept for requests that a user waits for; nothing where the budget is below 30.</summary>
    private const int ReserveParts = 50;
    private const int LeastBudgetWithReserve = 30;

    public static readonly BudgetWindow Second = Of("second", TimeSpan.FromSeconds(1), TimeSpan.FromMilliseconds(10), 10);
    public static readonly BudgetWindow Minute = Of("minute", TimeSpan.FromMinutes(1), TimeSpan.FromMilliseconds(500), 250);
    public static readonly BudgetWindow Day = Of("day", TimeSpan.FromDays(1), TimeSpan.FromMinutes(10), 250);

    /// <summary>31 days, so that no calendar month holds more either.</summary>
    public static readonly BudgetWindow Month = Of("month", TimeSpan.FromDays(31), TimeSpan.FromHours(6), 250);

    /// <summary>All of them are counted, also those without a budget: a budget that is set later knows what was used before.</summary>
    public static readonly IReadOnlyList<BudgetWindow> All = [Second, Minute, Day, Month];

    /// <summary>The longest that a use can matter.</summary>
    public static TimeSpan Longest => Month.Length + Month.Grain + Month.Margin;

    /// <summary>From a use until it has surely left the window.</summary>
    public TimeSpan Span => Length + Grain + Margin;

    /// <summary>Null: no budget for this length.</summary>
    public int? BudgetIn(BudgetSettings settings) => Name switch
    {
        "second" => settings.PerSecond,
        "minute" => settings.PerMinute,
        "day" => settings.PerDay,
        _ => settings.PerMonth,
    };

    /// <summary>What of a budget only requests of <see cref="RequestPriority.User"/> may use.</summary>
    public static int ReserveOf(int budget) => budget < LeastBudgetWithReserve ? 0 : Math.Max(1, budget / ReserveParts);

    /// <summary>How far requests of a priority may fill the window; null where there is no budget.</summary>
    public int? CeilingFor(BudgetSettings settings, RequestPriority priority) =>
        BudgetIn(settings) is { } budget ? budget - (priority == RequestPriority.User ? 0 : ReserveOf(budget)) : null;

    private static BudgetWindow Of(string name, TimeSpan length, TimeSpan grain, int marginMilliseconds) =>
        new(name, length, grain, TimeSpan.FromMilliseconds(marginMilliseconds));
}
