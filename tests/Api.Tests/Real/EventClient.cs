using System.Net;
using System.Text.Json;
using AkkaCrypto.TestKit;

namespace AkkaCrypto.Api.Tests.Real;

/// <summary>An event of a stream; a comment has the name <c>comment</c>, a retry hint <c>retry</c>.</summary>
public sealed record ShownEvent(string? Id, string Name, string Data)
{
    public JsonElement Json => JsonDocument.Parse(Data).RootElement;

    public string Field(string name) => Json.GetProperty(name).GetString()!;
}

/// <summary>A client of server-sent events that reads by the letter of the standard, an event at a time and only when asked.</summary>
public sealed class EventClient : IDisposable
{
    private readonly HttpClient _client;
    private readonly StreamReader _lines;

    private EventClient(HttpClient client, HttpResponseMessage response, StreamReader lines) =>
        (_client, Response, _lines) = (client, response, lines);

    public HttpResponseMessage Response { get; }

    public static Task<EventClient> OpenAsync(
        RealHost host, string path, string? lastEventId = null, string key = TestSettings.UserKey, int? receiveBuffer = null) =>
        OpenAsync(host.Client.BaseAddress!, path, lastEventId, key, receiveBuffer);

    /// <param name="receiveBuffer">Of the socket; small, a client that does not read is felt soon.</param>
    /// <param name="token">In place of the key.</param>
    public static async Task<EventClient> OpenAsync(
        Uri address, string path, string? lastEventId = null, string key = TestSettings.UserKey, int? receiveBuffer = null,
        string? token = null)
    {
        var handler = new SocketsHttpHandler();
        if (receiveBuffer is { } bytes)
        {
            handler.ConnectCallback = async (context, stop) =>
            {
                var socket = new System.Net.Sockets.Socket(
                    System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Tcp) { ReceiveBufferSize = bytes };
                await socket.ConnectAsync(context.DnsEndPoint, stop);
                return new System.Net.Sockets.NetworkStream(socket, ownsSocket: true);
            };
        }

        var client = new HttpClient(handler) { BaseAddress = address };
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Add(token is null ? "X-API-Key" : "Authorization", token is null ? key : "Bearer " + token);
        request.Headers.Add("Accept", "text/event-stream");
        if (lastEventId is not null)
        {
            request.Headers.TryAddWithoutValidation("Last-Event-ID", lastEventId);
        }

        var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead).Within("the stream's headers");
        // A refusal is read by its reader whole.
        var body = response.StatusCode == HttpStatusCode.OK ? await response.Content.ReadAsStreamAsync() : Stream.Null;
        return new EventClient(client, response, new StreamReader(body, bufferSize: 1024));
    }

    /// <summary>An open stream, whose first line (the retry hint) has been read: it follows from here on.</summary>
    public static async Task<EventClient> FollowAsync(
        RealHost host, string path, string? lastEventId = null, int? receiveBuffer = null)
    {
        var client = await OpenAsync(host, path, lastEventId, receiveBuffer: receiveBuffer);
        Assert.Equal(HttpStatusCode.OK, client.Response.StatusCode);
        Assert.Equal("retry", (await client.NextAsync())!.Name);
        return client;
    }

    /// <summary>The next event, comment or hint; null at the end.</summary>
    public async Task<ShownEvent?> NextAsync()
    {
        var (id, name, data) = ((string?)null, (string?)null, "");
        while (await _lines.ReadLineAsync().Within("a line of the stream") is { } line)
        {
            if (line.Length == 0 && name is not null)
            {
                return new ShownEvent(id, name, data);
            }

            if (line.StartsWith(':'))
            {
                (name, data) = ("comment", line[1..].Trim());
            }
            else if (line.Split(": ", 2) is [var field, var value])
            {
                id = field == "id" ? value : id;
                name = field switch { "event" => value, "retry" => "retry", _ => name };
                data = field is "data" or "retry" ? value : data;
            }
        }

        return null;
    }

    /// <summary>The next events, comments left out.</summary>
    public async Task<List<ShownEvent>> TakeAsync(int count)
    {
        var events = new List<ShownEvent>(count);
        while (events.Count < count)
        {
            var next = await NextAsync();
            Assert.True(next is not null, $"The stream ended after {events.Count} of {count} events.");
            if (next.Name != "comment")
            {
                events.Add(next);
            }
        }

        return events;
    }

    public void Dispose()
    {
        _lines.Dispose();
        Response.Dispose();
        _client.Dispose();
    }
}
