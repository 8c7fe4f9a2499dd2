using System.Net.WebSockets;
using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace AkkaCrypto.Pipeline.Streams;

/// <summary>What a socket source connects to and how it keeps the connection.</summary>
/// <param name="Address">A <c>ws://</c> or <c>wss://</c> address.</param>
/// <param name="Subscribe">Text messages that are sent, in order, when the connection is open.</param>
/// <param name="Silence">Without a message for so long, also while connecting, the source fails: a dead peer says nothing.</param>
/// <param name="MaxMessageBytes">A longer message fails the source.</param>
public sealed record SocketSettings(Uri Address, IReadOnlyList<ReadOnlyMemory<byte>> Subscribe, TimeSpan Silence, int MaxMessageBytes)
{
    /// <summary>Text message sent every <see cref="HeartbeatEvery"/>; none if empty.</summary>
    public ReadOnlyMemory<byte> Heartbeat { get; init; }

    /// <summary>Interval of the heartbeats.</summary>
    public TimeSpan HeartbeatEvery { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Further text messages, each sent as it comes while the connection is open; null: there are none.</summary>
    public ChannelReader<ReadOnlyMemory<byte>>? Further { get; init; }

    /// <summary>Waited for before the connection is tried; null: nothing is.</summary>
    public Func<CancellationToken, Task>? Ready { get; init; }

    /// <summary>Told the status of an answer that refuses the connection, and its <c>Retry-After</c> if it has one.</summary>
    public Action<int, string?>? Refused { get; init; }

    /// <summary>Sets headers, certificates and the like before the connection is opened.</summary>
    public Action<ClientWebSocketOptions>? Configure { get; init; }
}

/// <summary>A source that listens.</summary>
public static class SocketSource
{
    extension(Source)
    {
        /// <summary>
        /// The messages of a websocket, text or binary, each in memory of its own. Connects when run. Fails on a refused or lost
        /// connection, on silence (<see cref="TimeoutException"/>) and on a message past the bound (<see cref="BufferOverflowException"/>);
        /// finishes when the server closes. When cancelled or broken off it closes politely, for at most two seconds, before it cuts the
        /// connection.
        /// </summary>
        public static Source<ReadOnlyMemory<byte>> Socket(SocketSettings settings, TimeProvider time) => new(ct => Run(settings, time, ct));
    }

    private static async IAsyncEnumerable<ReadOnlyMemory<byte>> Run(
        SocketSettings settings, TimeProvider time, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var stage = StageLedger.Enter("Socket");
        await using var connection = new SocketConnection(settings, time, cancellationToken);
        await connection.OpenAsync();
        while (await connection.ReadAsync() is { } message)
        {
            yield return message;
        }
    }
}
