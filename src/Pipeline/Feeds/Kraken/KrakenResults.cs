using System.Text.Json;
using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Pipeline.Feeds.Reading;

namespace AkkaCrypto.Pipeline.Feeds.Kraken;

/// <summary>Reads what a result holds for one key; the reader stands on the value's start and is left at its end.</summary>
/// <param name="path">The value's.</param>
internal delegate void KrakenEntry(ref Utf8JsonReader reader, in Reply reply, string key, string path);

/// <summary>
/// Kraken's REST replies: <c>{"error":[],"result":{"XXBTZUSD":…,"last":"1688671969993150842"}}</c>. Results of the time and the system's
/// status have other keys; they are no fault in any dataset.
/// </summary>
internal static class KrakenResults
{
    private const int Error = 0;
    private const int Result = 1;

    private static readonly FieldNames Names = new("error", "result");

    /// <param name="type">What the result's entries are: lists or objects.</param>
    /// <param name="atEnd">Called with the value of <c>last</c> when the result is read.</param>
    /// <param name="lists">Reads entries that are lists where <paramref name="type"/> is an object.</param>
    public static Normaliser Normaliser(
        JsonTokenType type, string expected, KrakenEntry entry, KrakenLast? atEnd = null, KrakenEntry? lists = null)
    {
        var form = new Form(type, expected, entry, atEnd, lists);
        return Reply.Normaliser((ref Utf8JsonReader reader, in Reply reply) => Read(ref reader, reply, form));
    }

    /// <summary>Finds the one list of a reply that begins <c>{"error":[],"result":{"XXBTZUSD":[</c>; false for any other.</summary>
    /// <param name="list">Stands on the list's start.</param>
    public static bool TryOpenPlain(ReadOnlySpan<byte> json, out string key, out Utf8JsonReader list)
    {
        key = "";
        list = new Utf8JsonReader(json);
        if (!PlainReply.Next(ref list, JsonTokenType.StartObject)
            || !PlainReply.NextName(ref list, "error"u8)
            || !PlainReply.Next(ref list, JsonTokenType.StartArray) || !PlainReply.Next(ref list, JsonTokenType.EndArray)
            || !PlainReply.NextName(ref list, "result"u8)
            || !PlainReply.Next(ref list, JsonTokenType.StartObject) || !PlainReply.Next(ref list, JsonTokenType.PropertyName))
        {
            return false;
        }

        key = JsonKeys.Read(ref list);
        return PlainReply.Next(ref list, JsonTokenType.StartArray);
    }

    /// <summary>Whether behind that list there is at most <c>"last"</c> before the reply's end.</summary>
    /// <param name="list">On the list's start.</param>
    /// <param name="rest">From its closing bracket on.</param>
    public static bool IsPlainRest(Utf8JsonReader list, ReadOnlySpan<byte> rest)
    {
        var reader = new Utf8JsonReader(rest, isFinalBlock: true, list.CurrentState);
        if (!PlainReply.Next(ref reader, JsonTokenType.EndArray) || !reader.Read())
        {
            return false;
        }

        if (reader.TokenType is JsonTokenType.PropertyName && (!reader.ValueSpan.SequenceEqual("last"u8) || !reader.Read()
            || reader.TokenType is not (JsonTokenType.String or JsonTokenType.Number) || !reader.Read()))
        {
            return false;
        }

        return reader.TokenType is JsonTokenType.EndObject && PlainReply.Next(ref reader, JsonTokenType.EndObject) && !reader.Read();
    }

    /// <summary>
    /// One walk: the result is read where it stands. Errors may stand behind it; then nothing of it counts. Of a result that comes twice
    /// the last counts.
    /// </summary>
    private static void Read(ref Utf8JsonReader reader, in Reply reply, Form form)
    {
        if (!reply.IsObject(ref reader, form.Expected))
        {
            return;
        }

        var into = reply.Into;
        var (records, refusals, rounded) = (into.Records.Count, into.Refusals.Count, into.Rounded);
        JsonField error = default;
        var hasResult = false;
        var expectedName = 0;
        while (Names.Next(ref reader, ref expectedName, out var field))
        {
            if (field == Error)
            {
                error = JsonField.Capture(ref reader);
                continue;
            }

            Undo();
            hasResult = reader.TokenType is JsonTokenType.StartObject;
            if (hasResult)
            {
                ReadResult(ref reader, reply, form);
            }
            else
            {
                reader.Skip();
            }
        }

        if (error.Type is not (JsonTokenType.None or JsonTokenType.Null))
        {
            var list = error.Type is JsonTokenType.StartArray ? error.Of(reply.Json) : "0"u8;
            var seen = into.Refusals.Count;
            if (KrakenErrors.Refused(reply, list))
            {
                var refusal = into.Refusals[seen];
                Undo();
                into.Refusals.Add(refusal);
                return;
            }
        }

        if (!hasResult)
        {
            reply.RefuseShape(form.Expected);
        }

        void Undo()
        {
            into.Records.RemoveRange(records, into.Records.Count - records);
            into.Refusals.RemoveRange(refusals, into.Refusals.Count - refusals);
            (into.Rounded, into.MissingContext) = (rounded, null);
        }
    }

    private static void ReadResult(ref Utf8JsonReader reader, in Reply reply, Form form)
    {
        var first = reply.Into.Records.Count;
        JsonField last = default;
        while (reader.Read() && reader.TokenType is JsonTokenType.PropertyName && !reply.IsHopeless)
        {
            var key = JsonKeys.Read(ref reader);
            reader.Read();
            if (key == "last" && reader.TokenType is not (JsonTokenType.StartArray or JsonTokenType.StartObject))
            {
                last = JsonField.Capture(ref reader);
            }
            else if (reader.TokenType == form.Type)
            {
                form.Entry(ref reader, reply, key, "$.result" + ElementPath.Step(key));
            }
            else if (reader.TokenType is JsonTokenType.StartArray && form.Lists is { } lists)
            {
                lists(ref reader, reply, key, "$.result" + ElementPath.Step(key));
            }
            else if (key is not ("unixtime" or "rfc1123" or "status" or "timestamp"))
            {
                reader.Skip();
                reply.Refuse(
                    RefusalCode.UnexpectedShape, $"not this endpoint's reply: expected {form.Expected}",
                    "$.result" + ElementPath.Step(key));
            }
        }

        form.AtEnd?.Invoke(reply, first, last);
    }

    /// <summary>What an endpoint's result holds and who reads it.</summary>
    private sealed record Form(JsonTokenType Type, string Expected, KrakenEntry Entry, KrakenLast? AtEnd, KrakenEntry? Lists);
}

/// <summary>Completes the records from <paramref name="first"/> on by the value of <c>last</c>, which may stand behind them.</summary>
internal delegate void KrakenLast(in Reply reply, int first, JsonField last);
