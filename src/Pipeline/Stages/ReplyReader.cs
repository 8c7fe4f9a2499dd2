using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Pipeline.Feeds;

namespace AkkaCrypto.Pipeline.Stages;

/// <summary>Reads replies with their provider's normaliser. What can't be read flows on as refusals; nothing here throws for any
/// reply.</summary>
public static class ReplyReader
{
    /// <summary>
    /// As <see cref="Read"/>, of a reply that goes to the store as it is: a crossed book in it is refused, for nothing that follows would
    /// make it right. Followed books are judged where they are followed.
    /// </summary>
    public static Normalised ReadToStore(Normaliser normaliser, ReplyContext context, ProviderReply reply)
    {
        var content = Read(normaliser, context, reply);
        foreach (var book in content.Records.OfType<OrderBook>().Where(book => book.IsCrossed).ToList())
        {
            content.Records.Remove(book);
            content.Refuse(
                RefusalCode.InvalidField,
                $"The book is crossed: its best bid {book.Bids[0].Price} is no lower than its best ask "
                + $"{book.Asks[0].Price}.");
        }

        return content;
    }

    public static Normalised Read(Normaliser normaliser, ReplyContext context, ProviderReply reply)
    {
        var content = new Normalised();
        if (reply.Cut)
        {
            content.Refuse(RefusalCode.OutOfRange, $"The reply is longer than {reply.Body.Length} bytes (max-reply-bytes).");
            return content;
        }

        normaliser(reply.Body, context, content);
        if (reply.Status is not (>= 200 and < 300))
        {
            HearStatus(content, reply.Status);
        }

        if (content.MissingContext is { } missing)
        {
            content.Clear();
            content.Refuse(RefusalCode.MissingField, $"The reply does not say its {missing}, and the request did not either.");
        }

        return content;
    }

    /// <summary>What an error status says that the body doesn't; an error that the body types itself stands.</summary>
    private static void HearStatus(Normalised content, int status)
    {
        var unknown = content.Refusals.FindIndex(refusal => refusal.Code == RefusalCode.ProviderError);
        if (unknown >= 0)
        {
            // An error in words that nobody knows: the words stay, for whoever reads them.
            content.Refusals[unknown] = content.Refusals[unknown] with { Code = CodeOf(status) };
        }
        else if (!content.Refusals.Any(refusal => refusal.IsProviderError))
        {
            // A redirect (none is followed: it would take the key elsewhere) or an error status whose body says nothing of the kind (a
            // proxy's page, say): the status is the reason, and records in it are not trusted.
            content.Clear();
            content.Refuse(CodeOf(status), $"HTTP status {status} with a body that names no error.", providerCode: $"{status}");
        }
    }

    private static RefusalCode CodeOf(int status) => status switch
    {
        < 400 => RefusalCode.ProviderError,
        401 => RefusalCode.Unauthorized,
        403 => RefusalCode.Forbidden,
        404 => RefusalCode.NotFound,
        408 or >= 500 => RefusalCode.ProviderUnavailable,
        418 or 429 => RefusalCode.RateLimited,
        _ => RefusalCode.BadRequest,
    };
}
