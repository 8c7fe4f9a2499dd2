using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using AkkaCrypto.Bench.Reads;

namespace AkkaCrypto.Bench.Wallets;

/// <summary>Clients that deposit over HTTP: one request at a time on each of their connections, each under a new idempotency key.</summary>
internal sealed class DepositLoad(Uri service, IReadOnlyList<Guid> wallets)
{
    private const string Body = """{"amount":"0.01","currency":"USD"}""";
    private const string Headers = "\r\n\r\n";

    private long keys;

    /// <summary>Deposits, each answered with 201, for so long.</summary>
    public async Task<Load> RunAsync(int connections, TimeSpan turn, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        var times = await Task.WhenAll(Enumerable.Range(0, connections).Select(
            caller => Task.Run(() => CallAsync(new Random(caller), started, turn, cancellationToken), cancellationToken)));
        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        double[] sorted = [.. times.SelectMany(time => time).Order()];
        return new Load(sorted.Length / seconds, sorted[sorted.Length * 99 / 100], sorted.Length);
    }

    /// <summary>Milliseconds of each answer.</summary>
    private async Task<List<double>> CallAsync(Random random, long started, TimeSpan turn, CancellationToken cancellationToken)
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(service.Host, service.Port, cancellationToken);
        var (buffer, times) = (new byte[16 * 1024], new List<double>());
        while (Stopwatch.GetElapsedTime(started) < turn)
        {
            var sent = Stopwatch.GetTimestamp();
            await socket.SendAsync(Request(wallets[random.Next(wallets.Count)]), cancellationToken);
            await ReadAnswerAsync(socket, buffer, cancellationToken);
            times.Add(Stopwatch.GetElapsedTime(sent).TotalMilliseconds);
        }

        return times;
    }

    private byte[] Request(Guid wallet) => Encoding.ASCII.GetBytes(
        $"POST /wallets/{wallet}/deposits HTTP/1.1\r\nHost: {service.Authority}\r\nX-API-Key: {BenchSettings.Key}\r\n"
        + $"X-Idempotency-Key: http-{Interlocked.Increment(ref keys):D32}\r\nContent-Type: application/json\r\n"
        + $"Content-Length: {Body.Length}{Headers}{Body}");

    private static async Task ReadAnswerAsync(Socket socket, byte[] buffer, CancellationToken cancellationToken)
    {
        for (var (read, end) = (0, int.MaxValue); read < end;)
        {
            var got = await socket.ReceiveAsync(buffer.AsMemory(read), cancellationToken);
            read += got > 0 ? got : throw new IOException("The server closed the connection.");
            end = EndOf(Encoding.ASCII.GetString(buffer, 0, read));
        }
    }

    private static int EndOf(string answer)
    {
        var headers = answer.IndexOf(Headers, StringComparison.Ordinal);
        if (headers < 0)
        {
            return int.MaxValue;
        }

        if (!answer.StartsWith("HTTP/1.1 201", StringComparison.Ordinal))
        {
            throw new InvalidOperationException("An answer other than 201: " + answer);
        }

        var length = answer[..headers].Split("Content-Length: ")[1].Split('\r')[0];
        return headers + Headers.Length + int.Parse(length, CultureInfo.InvariantCulture);
    }
}
