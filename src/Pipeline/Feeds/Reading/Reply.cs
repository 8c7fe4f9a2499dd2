using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using AkkaCrypto.Contracts.Ops;

namespace AkkaCrypto.Pipeline.Feeds.Reading;

/// <summary>Reads one reply. The reader stands on the root value; what the body leaves unread is checked for well-formedness after
/// it.</summary>
internal delegate void ReplyBody(ref Utf8JsonReader reader, in Reply reply);

/// <summary>One reply being read: its JSON without a byte order mark, what the request knew, and where records and refusals go.</summary>
internal readonly ref struct Reply(ReadOnlySpan<byte> json, ReplyContext context, Normalised into)
{
    /// <summary>
    /// Most refusals of one reply. A reply with more broken records is not this endpoint's: it is refused whole, with no records, rather
    /// than filling the memory with messages.
    /// </summary>
    public const int MostRefusals = 10_000;

    public readonly ReadOnlySpan<byte> Json = json;

    public ReplyContext Context { get; } = context;

    public Normalised Into { get; } = into;

    public bool IsHopeless => Into.Refusals.Count > MostRefusals;

    /// <summary>
    /// A normaliser around <paramref name="body"/>. A document that is malformed anywhere is one refusal and no record, however far the
    /// body came. Depth is bounded by 64, as <see cref="Utf8JsonReader"/> does by itself.
    /// </summary>
    public static Normaliser Normaliser(ReplyBody body) => (payload, context, into) => Read(payload.Span, context, into, body);

    public void Refuse(RefusalCode code, string message, string? path = null, string? providerCode = null) =>
        Into.Refuse(code, message, path, providerCode);

    /// <summary>Refuses the whole reply: as the error of a gateway before the provider where it is one, else as not this
    /// endpoint's.</summary>
    public void RefuseShape(string expected)
    {
        if (GatewayErrors.TryRead(Json, out var code, out var said))
        {
            Refuse(code, $"the provider's gateway answered with an error: {said}");
        }
        else
        {
            Refuse(RefusalCode.UnexpectedShape, $"not this endpoint's reply: expected {expected}");
        }
    }

    public void RefuseWrongPair(string stated) =>
        Refuse(RefusalCode.WrongPair, $"the reply speaks of {stated}, expected {Context.Pair}");

    /// <summary>Whether the root is an object; a refusal where it isn't.</summary>
    public bool IsObject(ref Utf8JsonReader reader, string expected) => Is(ref reader, JsonTokenType.StartObject, expected);

    public bool Is(ref Utf8JsonReader reader, JsonTokenType type, string expected)
    {
        if (reader.TokenType == type)
        {
            return true;
        }

        RefuseShape(expected);
        return false;
    }

    private static void Read(ReadOnlySpan<byte> payload, ReplyContext context, Normalised into, ReplyBody body)
    {
        var (records, refusals, rounded, unread) = (into.Records.Count, into.Refusals.Count, into.Rounded, into.Unread);
        var json = payload.StartsWith("\uFEFF"u8) ? payload[3..] : payload;
        var fault = Utf8.IsValid(json) ? Run(json, new Reply(json, context, into), body) : "not UTF-8";
        if (fault is null && into.MissingContext is null && into.Refusals.Count - refusals <= MostRefusals)
        {
            return;
        }

        into.Records.RemoveRange(records, into.Records.Count - records);
        if (fault is null && into.MissingContext is not null)
        {
            return;
        }

        into.Refusals.RemoveRange(refusals, into.Refusals.Count - refusals);
        (into.Rounded, into.Unread) = (rounded, unread);
        if (fault is not null)
        {
            into.MissingContext = null;
            RefuseNoJson(json, fault, into);
        }
        else
        {
            into.Refuse(RefusalCode.UnexpectedShape, $"more than {MostRefusals} records can't be read: not this endpoint's reply");
        }
    }

    /// <summary>As the error of a gateway before the provider where the text or page is one, else as malformed.</summary>
    private static void RefuseNoJson(ReadOnlySpan<byte> body, string fault, Normalised into)
    {
        if (GatewayPages.TryRead(body, out var code, out var said, out var number))
        {
            var shown = ShownText.Of(Encoding.UTF8.GetBytes(said), 300);
            into.Refuse(code, $"the provider's gateway answered with an error: {shown}", null, number);
        }
        else
        {
            into.Refuse(RefusalCode.MalformedJson, fault);
        }
    }

    private static string? Run(ReadOnlySpan<byte> json, in Reply reply, ReplyBody body)
    {
        try
        {
            var reader = new Utf8JsonReader(json);
            reader.Read();
            body(ref reader, reply);
            while (reader.Read())
            {
                // To the end: a reply that is cut off or followed by rubbish is not taken, not even its sound part.
            }

            return null;
        }
        catch (JsonException e)
        {
            return $"not JSON at line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1}: expected one whole document, at most 64 deep";
        }
    }
}
