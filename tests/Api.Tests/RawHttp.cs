using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace AkkaCrypto.Api.Tests;

/// <summary>Requests as bytes, for those that no HTTP client would send.</summary>
public static class RawHttp
{
    /// <summary>The status of the answer; 0 where the server closed the connection without one.</summary>
    public static async Task<int> StatusOfAsync(Uri address, ReadOnlyMemory<byte> request)
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync(address.Host, address.Port);
        var stream = socket.GetStream();
        var sending = stream.WriteAsync(request).AsTask();
        var status = await ReadStatusAsync(stream);
        try
        {
            await sending;
        }
        catch (IOException)
        {
            // The server has answered and closed before it had read everything.
        }

        return status;
    }

    /// <summary>A request of JSON with the key of an admin; the answer ends the connection.</summary>
    public static ReadOnlyMemory<byte> Request(
        string method, string pathAndQuery, ReadOnlySpan<byte> body, string contentType = "application/json") =>
        (byte[])
        [
            .. Encoding.Latin1.GetBytes(
                $"{method} {pathAndQuery} HTTP/1.1\r\nHost: a\r\nX-API-Key: {TestSettings.AdminKey}\r\nContent-Type: {contentType}\r\n"
                + $"Content-Length: {body.Length}\r\nConnection: close\r\n\r\n"),
            .. body,
        ];

    private static async Task<int> ReadStatusAsync(NetworkStream stream)
    {
        try
        {
            var line = new byte[12];
            var read = await stream.ReadAtLeastAsync(line, line.Length, throwOnEndOfStream: false);
            return read < line.Length ? 0 : int.Parse(Encoding.ASCII.GetString(line, 9, 3), CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            return 0;
        }
    }
}
