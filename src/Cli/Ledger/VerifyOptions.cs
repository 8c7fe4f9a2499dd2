using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using AkkaCrypto.Actors.Ledger.Audit;

namespace AkkaCrypto.Cli.Ledger;

/// <summary>A file that was given can't be used: the message says which and why.</summary>
internal sealed class VerifyFileException(string message, Exception inner) : Exception(message, inner);

/// <summary>What <c>verify-ledger</c> reads from files.</summary>
internal static class VerifyOptions
{
    /// <summary>Keys, heads and receipts are small; what is longer isn't any.</summary>
    private const int MostBytes = 16 * 1024 * 1024;

    /// <summary>Null: no file was given.</summary>
    public static async Task<IReadOnlyList<LedgerPublicKey>?> KeysAsync(string? file, CancellationToken cancellation) =>
        file is null ? null : await ReadAsync("--public-key", file, static text => LedgerPublicKey.FromPem(text), cancellation);

    /// <summary>The heads of an earlier report in JSON.</summary>
    public static async Task<IReadOnlyList<CommitHead>> HeadsAsync(string? file, CancellationToken cancellation) =>
        file is null ? [] : await ReadAsync("--expect-head", file, Heads, cancellation);

    public static Task<Receipt> ReceiptAsync(string file, CancellationToken cancellation) =>
        ReadAsync("--receipt", file, static text => ReceiptJson.Read(System.Text.Encoding.UTF8.GetBytes(text)), cancellation);

    private static IReadOnlyList<CommitHead> Heads(string text)
    {
        using var report = JsonDocument.Parse(text);
        return [.. report.RootElement.GetProperty("heads").EnumerateArray().Select(head => new CommitHead(
            head.GetProperty("shard").GetInt32(), head.GetProperty("number").GetInt64(),
            head.GetProperty("head").GetString() ?? throw new FormatException("A head is a text.")))];
    }

    private static async Task<T> ReadAsync<T>(string option, string file, Func<string, T> read, CancellationToken cancellation)
    {
        try
        {
            if (new FileInfo(file).Length > MostBytes)
            {
                throw new FormatException(string.Create(CultureInfo.InvariantCulture, $"It is longer than {MostBytes} bytes."));
            }

            return read(await File.ReadAllTextAsync(file, cancellation));
        }
        catch (Exception unusable) when (unusable is IOException or UnauthorizedAccessException or FormatException or JsonException
            or CryptographicException or KeyNotFoundException or InvalidOperationException)
        {
            throw new VerifyFileException($"{option} {file}: {unusable.Message}", unusable);
        }
    }
}
