using System.Net;
using System.Net.Sockets;

namespace AkkaCrypto.Api.Tests.Auth;

public sealed class ConnectionTests
{
    [Fact]
    public async Task Each_request_of_one_connection_is_judged_by_the_key_that_it_brings_itself()
    {
        await using var api = await ApiHost.StartAsync();
        var connections = 0;
        using var one = new SocketsHttpHandler
        {
            MaxConnectionsPerServer = 1,
            ConnectCallback = async (context, cancellationToken) =>
            {
                connections++;
                var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
                await socket.ConnectAsync(context.DnsEndPoint, cancellationToken);
                return new NetworkStream(socket, ownsSocket: true);
            },
        };
        using var client = new HttpClient(one) { BaseAddress = api.Address };

        const string AnyKeys = "/simple_price?assets=bitcoin&currencies=usd";
        const string Admins = "/admin/feeds";
        (string Path, string? Key, HttpStatusCode Status)[] requests =
        [
            (AnyKeys, TestSettings.UserKey, HttpStatusCode.OK),
            (AnyKeys, TestSettings.UserKey, HttpStatusCode.OK),
            (AnyKeys, TestSettings.UserKey[..^1], HttpStatusCode.Unauthorized),
            (AnyKeys, TestSettings.UserKey[..^1] + "z", HttpStatusCode.Unauthorized),
            (AnyKeys, null, HttpStatusCode.Unauthorized),
            (Admins, TestSettings.UserKey, HttpStatusCode.Forbidden),
            (Admins, TestSettings.AdminKey, HttpStatusCode.OK),
            (Admins, TestSettings.UserKey, HttpStatusCode.Forbidden),
        ];
        foreach (var (path, key, status) in requests)
        {
            Assert.Equal((path, key, status), (path, key, await StatusAsync(client, path, key)));
        }

        Assert.Equal(1, connections);
    }

    private static async Task<HttpStatusCode> StatusAsync(HttpClient client, string path, string? key)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (key is not null)
        {
            request.Headers.Add("X-API-Key", key);
        }

        using var response = await client.SendAsync(request);
        await response.Content.ReadAsByteArrayAsync();
        return response.StatusCode;
    }
}
