using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using Npgsql;

namespace AkkaCrypto.Storage.Postgres;

/// <summary>
/// Writes rows in PostgreSQL's binary COPY format (<c>COPY … FROM STDIN (FORMAT BINARY)</c>; manual, chapter "COPY", "Binary Format").
/// Fields go straight into one pooled buffer, which is sent whenever it is full: about a fifth of the driver's own cost for each row,
/// which decides where the writers share their processors with the server. Memory: one buffer of <see cref="SendAt"/> bytes and the
/// longest row. Use inside a transaction: disposing without <see cref="CompleteAsync"/> aborts the COPY, and the transaction with it.
/// </summary>
public sealed class CopyWriter : IAsyncDisposable
{
    // Small enough that the server works on the first rows of a batch while the next ones are written here.
    private const int SendAt = 32 * 1024;

    // From 2000-01-01 UTC, PostgreSQL's epoch.
    private static readonly long PostgresEpochTicks = new DateTime(2000, 1, 1, 0, 0, 0, DateTimeKind.Utc).Ticks;

    private readonly NpgsqlRawCopyStream stream;
    private byte[] buffer = ArrayPool<byte>.Shared.Rent(SendAt + 4096);
    private int used;
    private bool completed;

    private CopyWriter(NpgsqlRawCopyStream stream)
    {
        this.stream = stream;
        Put("PGCOPY\n"u8);
        Put([0xFF]);
        Put("\r\n\0"u8);
        Put([0, 0, 0, 0, 0, 0, 0, 0]); // flags, length of the header's extension
    }

    /// <param name="copy">The whole <c>COPY table (columns) FROM STDIN (FORMAT BINARY)</c>.</param>
    public static async Task<CopyWriter> BeginAsync(NpgsqlConnection connection, string copy, CancellationToken cancellationToken) =>
        new(await connection.BeginRawBinaryCopyAsync(copy, cancellationToken));

    /// <summary>Starts a row, after sending the rows before it if the buffer is full.</summary>
    public async ValueTask StartRowAsync(short columns, CancellationToken cancellationToken)
    {
        await SendFullAsync(cancellationToken);
        StartRow(columns);
    }

    /// <summary>The rows so far are worth sending: <see cref="SendFullAsync"/> before the next, or the buffer grows.</summary>
    public bool IsFull => used >= SendAt;

    /// <summary>Starts a row in the buffer.</summary>
    public void StartRow(short columns) => BinaryPrimitives.WriteInt16BigEndian(Reserve(2), columns);

    /// <summary>Sends the rows so far, if the buffer is full.</summary>
    public ValueTask SendFullAsync(CancellationToken cancellationToken) => IsFull ? SendAsync(cancellationToken) : default;

    public void Null() => PutInt32(-1);

    public void Int16(short value)
    {
        var target = Reserve(6);
        BinaryPrimitives.WriteInt32BigEndian(target, 2);
        BinaryPrimitives.WriteInt16BigEndian(target[4..], value);
    }

    public void Int32(int value)
    {
        var target = Reserve(8);
        BinaryPrimitives.WriteInt32BigEndian(target, 4);
        BinaryPrimitives.WriteInt32BigEndian(target[4..], value);
    }

    public void Int64(long value)
    {
        var target = Reserve(12);
        BinaryPrimitives.WriteInt32BigEndian(target, 8);
        BinaryPrimitives.WriteInt64BigEndian(target[4..], value);
    }

    /// <summary>A <c>timestamptz</c>, to the microsecond, rounded down.</summary>
    public void Timestamp(DateTimeOffset value)
    {
        var ticks = value.UtcTicks - PostgresEpochTicks;
        Int64((ticks - (((ticks % 10) + 10) % 10)) / 10);
    }

    public void Text(string value)
    {
        var longest = Encoding.UTF8.GetMaxByteCount(value.Length);
        var target = Reserve(4 + longest);
        if (Ascii.FromUtf16(value, target[4..], out var length) is not OperationStatus.Done)
        {
            length = Encoding.UTF8.GetBytes(value, target[4..]);
        }

        BinaryPrimitives.WriteInt32BigEndian(target, length);
        used -= longest - length;
    }

    /// <inheritdoc cref="PostgresNumeric.Write"/>
    public void Numeric(bool isNegative, UInt128 coefficient, int scale)
    {
        var target = Reserve(4 + PostgresNumeric.LongestBytes);
        var length = PostgresNumeric.Write(target[4..], isNegative, coefficient, scale);
        BinaryPrimitives.WriteInt32BigEndian(target, length);
        used -= PostgresNumeric.LongestBytes - length;
    }

    /// <summary>Sends the rest and waits until the server has taken all rows, or throws the server's reason for refusing them.</summary>
    public async Task CompleteAsync(CancellationToken cancellationToken)
    {
        BinaryPrimitives.WriteInt16BigEndian(Reserve(2), -1); // trailer
        await SendAsync(cancellationToken);
        completed = true;
        await stream.DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (!completed)
        {
            completed = true;
            await AbortAsync();
        }

        ArrayPool<byte>.Shared.Return(buffer);
        buffer = [];
    }

    private async Task AbortAsync()
    {
        try
        {
            await stream.CancelAsync();
        }
        catch (Exception failure) when (failure is NpgsqlException or IOException or ObjectDisposedException)
        {
            // The connection is gone, and the COPY with it. The failure that ended the writing is on its way to the caller; this one is
            // its echo.
        }
    }

    private async ValueTask SendAsync(CancellationToken cancellationToken)
    {
        await stream.WriteAsync(buffer.AsMemory(0, used), cancellationToken);
        used = 0;
    }

    private void PutInt32(int value) => BinaryPrimitives.WriteInt32BigEndian(Reserve(4), value);

    private void Put(ReadOnlySpan<byte> bytes) => bytes.CopyTo(Reserve(bytes.Length));

    private Span<byte> Reserve(int bytes)
    {
        if (used + bytes > buffer.Length)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(buffer.Length * 2, used + bytes));
            buffer.AsSpan(0, used).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(buffer);
            buffer = larger;
        }

        var target = buffer.AsSpan(used, bytes);
        used += bytes;
        return target;
    }
}
