using System.Text;
using System.Text.Json;
using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Pipeline.Feeds;

namespace AkkaCrypto.Pipeline.Tests.Feeds;

/// <summary>A reply in, its records and refusals as short texts out.</summary>
internal static class Normalising
{
    public static Normalised Run(string provider, string dataset, byte[] payload, ReplyContext? context = null)
    {
        var into = new Normalised();
        Providers.Find(provider)!.Normalisers[dataset](payload, context ?? new ReplyContext(), into);
        return into;
    }

    public static Normalised Run(string provider, string dataset, string payload, ReplyContext? context = null) =>
        Run(provider, dataset, Encoding.UTF8.GetBytes(payload), context);

    /// <summary><c>code path</c> of each refusal.</summary>
    public static string[] Faults(this Normalised normalised) =>
        [.. normalised.Refusals.Select(refusal => $"{refusal.Code.Text()} {refusal.Path}".TrimEnd())];

    public static string Json(NormalisedRecord record)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            NormalisedJson.Write(json, record);
        }

        return Encoding.UTF8.GetString(stream.ToArray());
    }

    public static string[] Lines(this Normalised normalised) => [.. normalised.Records.Select(Json)];
}
