using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace AkkaCrypto.Bench.Reads;

/// <param name="PerSecond">Answers.</param>
/// <param name="P99">Milliseconds.</param>
/// <param name="Answers">All of them.</param>
public sealed record Load(double PerSecond, double P99, int Answers);

/// <summary>Keeps 32 connections busy with one request and says how many were answered a second.</summary>
public abstract class LoadClient
{
    protected const int Connections = 32;

    public abstract string Name { get; }

    /// <summary>Answers with status 200; anything else ends the benchmark.</summary>
    public abstract Task<Load> RunAsync(string address, string key, TimeSpan duration, CancellationToken cancellationToken);

    /// <summary>wrk where it is installed, for it takes little of the machine that it shares; else a client of our own.</summary>
    public static async Task<LoadClient> CreateAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var wrk = Process.Start(
                new ProcessStartInfo("wrk", "-v") { RedirectStandardOutput = true, RedirectStandardError = true })!;
            await wrk.WaitForExitAsync(cancellationToken);
            return new Wrk();
        }
        catch (Win32Exception)
        {
            return new RawSockets();
        }
    }

    private sealed class Wrk : LoadClient
    {
        public override string Name => "wrk";

        public override async Task<Load> RunAsync(string address, string key, TimeSpan duration, CancellationToken cancellationToken)
        {
            string[] arguments = [
                "--latency", "-t", "1", "-c", $"{Connections}", "-d", $"{(int)duration.TotalSeconds}s", "-H", "X-API-Key: " + key, address];
            using var wrk = Process.Start(new ProcessStartInfo("wrk", arguments) { RedirectStandardOutput = true })!;
            var text = await wrk.StandardOutput.ReadToEndAsync(cancellationToken);
            await wrk.WaitForExitAsync(cancellationToken);
            string[] lines = [.. text.Split('\n').Select(line => line.Trim())];
            var rate = Array.Find(lines, line => line.StartsWith("Requests/sec:", StringComparison.Ordinal));
            var slowest = Array.Find(lines, line => line.StartsWith("99%", StringComparison.Ordinal));
            // "57421 requests in 2.00s, 14.13MB read"
            var count = Array.Find(lines, line => line.Contains(" requests in ", StringComparison.Ordinal));
            return rate is not null && slowest is not null && count is not null && !text.Contains("Non-2xx", StringComparison.Ordinal)
                ? new Load(
                    double.Parse(rate.AsSpan("Requests/sec:".Length), NumberStyles.Float, CultureInfo.InvariantCulture),
                    Milliseconds(slowest["99%".Length..].Trim()), int.Parse(count.Split(' ')[0], CultureInfo.InvariantCulture))
                : throw new InvalidOperationException("wrk met answers other than 2xx: " + text);
        }

        /// <summary><c>950.00us</c>, <c>1.23ms</c> or <c>1.00s</c>.</summary>
        private static double Milliseconds(string text)
        {
            var (digits, unit) = text.EndsWith("us", StringComparison.Ordinal) ? (text[..^2], 0.001)
                : text.EndsWith("ms", StringComparison.Ordinal) ? (text[..^2], 1)
                : (text[..^1], 1000);
            return double.Parse(digits, NumberStyles.Float, CultureInfo.InvariantCulture) * unit;
        }
    }

    /// <summary>One request at a time on each connection; the length of the first answer tells where each of the next ends.</summary>
    private sealed class RawSockets : LoadClient
    {
        public override string Name => "raw sockets in the same process";

        public override async Task<Load> RunAsync(string address, string key, TimeSpan duration, CancellationToken cancellationToken)
        {
            var uri = new Uri(address);
            var request = Encoding.ASCII.GetBytes($"GET {uri.PathAndQuery} HTTP/1.1\r\nHost: {uri.Authority}\r\nX-API-Key: {key}\r\n\r\n");
            var started = Stopwatch.GetTimestamp();
            var times = await Task.WhenAll(Enumerable.Range(0, Connections).Select(
                _ => Task.Run(() => RunOneAsync(uri, request, started, duration, cancellationToken), cancellationToken)));
            var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
            double[] sorted = [.. times.SelectMany(time => time).Order()];
            return new Load(sorted.Length / seconds, sorted[sorted.Length * 99 / 100], sorted.Length);
        }

        /// <summary>Milliseconds of each answer.</summary>
        private static async Task<List<double>> RunOneAsync(
            Uri uri, byte[] request, long started, TimeSpan duration, CancellationToken cancellationToken)
        {
            using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            await socket.ConnectAsync(uri.Host, uri.Port, cancellationToken);
            var buffer = new byte[1024 * 1024];
            var times = new List<double>();
            while (Stopwatch.GetElapsedTime(started) < duration)
            {
                var sent = Stopwatch.GetTimestamp();
                await socket.SendAsync(request, cancellationToken);
                await ReadAnswerAsync(socket, buffer, cancellationToken);
                times.Add(Stopwatch.GetElapsedTime(sent).TotalMilliseconds);
            }

            return times;
        }

        private static async Task ReadAnswerAsync(Socket socket, byte[] buffer, CancellationToken cancellationToken)
        {
            for (var (read, end) = (0, int.MaxValue); read < end;)
            {
                var got = await socket.ReceiveAsync(buffer.AsMemory(read), cancellationToken);
                read += got > 0 ? got : throw new IOException("The server closed the connection.");
                end = end == int.MaxValue ? EndOf(buffer.AsSpan(0, read)) : end;
            }
        }

        private static int EndOf(ReadOnlySpan<byte> answer)
        {
            var headers = answer.IndexOf("\r\n\r\n"u8);
            if (headers < 0)
            {
                return int.MaxValue;
            }

            if (!answer.StartsWith("HTTP/1.1 200"u8))
            {
                throw new InvalidOperationException("An answer other than 200: " + Encoding.ASCII.GetString(answer[..headers]));
            }

            var length = Encoding.ASCII.GetString(answer[..headers]).Split("Content-Length: ")[1].Split('\r')[0];
            return headers + 4 + int.Parse(length, CultureInfo.InvariantCulture);
        }
    }
}
