namespace AkkaCrypto.Pipeline.Feeds;

/// <summary>Who waits for a request to a provider. Where the budget is short, a lower value goes first.</summary>
public enum RequestPriority
{
    /// <summary>A caller of the API waits for the answer.</summary>
    User,

    /// <summary>A known gap is being filled, or a book is built anew.</summary>
    Repair,

    /// <summary>The feed's own rounds and the daily bulk.</summary>
    Schedule,

    /// <summary>A past that nobody waits for.</summary>
    Backfill,
}

/// <summary>One request to a provider.</summary>
/// <param name="Path">Path and query below the base URL, beginning with a slash.</param>
/// <param name="Weight">What each attempt costs of the provider's budget.</param>
public sealed record UpstreamRequest(string Path, int Weight = 1, RequestPriority Priority = RequestPriority.Schedule);
