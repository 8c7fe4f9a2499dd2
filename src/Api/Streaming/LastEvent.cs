using AkkaCrypto.Api.Hosting;

namespace AkkaCrypto.Api.Streaming;

/// <summary>What a client that comes back says it saw last.</summary>
/// <param name="Id">Null where that is no id of ours: then nothing can be resumed, and that is told.</param>
internal sealed record LastEvent(EventId? Id)
{
    private const string Header = "Last-Event-ID";

    public static readonly Parameter Parameter = new(
        "last_event_id", "Id of the last event that was seen, for clients that can't send the header Last-Event-ID, which goes before it.",
        "1042.0.1769860800123");

    /// <summary>Null for a client that comes for the first time.</summary>
    public static LastEvent? Of(HttpContext context, string? fromQuery)
    {
        var text = context.Request.Headers[Header] is [{ Length: > 0 } header, ..] ? header : fromQuery;
        return text is null ? null : new LastEvent(EventId.TryParse(text, out var id) ? id : null);
    }
}
