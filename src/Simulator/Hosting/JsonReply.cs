using System.Text.Encodings.Web;
using System.Text.Json;
using AkkaCrypto.Contracts.Text;
using Microsoft.AspNetCore.Http;

namespace AkkaCrypto.Simulator;

/// <summary>Writes a reply's JSON by hand, so that every number has the provider's own digits.</summary>
internal static class JsonReply
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static Task WriteAsync(HttpContext context, Action<Utf8JsonWriter> write, int status = StatusCodes.Status200OK) =>
        SendAsync(context, Bytes(write), status);

    public static Task WriteAsync(HttpContext context, string body, int status) =>
        SendAsync(context, System.Text.Encoding.UTF8.GetBytes(body.Trim()), status);

    public static byte[] Bytes(Action<Utf8JsonWriter> write)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, Options))
        {
            write(json);
        }

        return buffer.ToArray();
    }

    /// <summary>A number without trailing zeros, e.g. <c>0.1</c>.</summary>
    public static void Number(this Utf8JsonWriter json, string name, decimal? value)
    {
        json.WritePropertyName(name);
        json.NumberValue(value);
    }

    public static void NumberValue(this Utf8JsonWriter json, decimal? value)
    {
        if (value is { } known)
        {
            json.WriteNumberValue(DecimalText.Canonical(known));
        }
        else
        {
            json.WriteNullValue();
        }
    }

    private static async Task SendAsync(HttpContext context, byte[] body, int status)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json; charset=utf-8";
        context.Response.ContentLength = body.Length;
        await context.Response.Body.WriteAsync(body, context.RequestAborted);
    }
}
