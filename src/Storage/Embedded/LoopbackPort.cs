using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace AkkaCrypto.Storage.Embedded;

/// <summary>
/// Free ports on 127.0.0.1 <em>below</em> the range that the kernel gives to outgoing connections. A port inside it could be lost while a
/// killed server is away: to any connection, and most easily to a client that keeps trying this very port, which the kernel may connect to
/// itself.
/// </summary>
internal static class LoopbackPort
{
    private const int Lowest = 10_240;
    private const int Tries = 200;

    public static int Free()
    {
        var end = FirstEphemeral();
        for (var i = 0; i < Tries && end > Lowest + 1_000; i++)
        {
            var port = RandomNumberGenerator.GetInt32(Lowest, end);
            if (TryBind(port) is not null)
            {
                return port;
            }
        }

        // The kernel's range leaves no room below it: its own choice is the best there is.
        return TryBind(0) ?? throw new EmbeddedServerException("No free port on 127.0.0.1.");
    }

    private static int FirstEphemeral()
    {
        const string File = "/proc/sys/net/ipv4/ip_local_port_range";
        var range = System.IO.File.ReadAllText(File).Split('\t', ' ')[0];
        return int.Parse(range, CultureInfo.InvariantCulture);
    }

    private static int? TryBind(int port)
    {
        using var listener = new TcpListener(IPAddress.Loopback, port);
        try
        {
            listener.Start();
            return ((IPEndPoint)listener.LocalEndpoint).Port;
        }
        catch (SocketException)
        {
            return null;
        }
    }
}
