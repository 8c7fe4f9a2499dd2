using System.Text;

namespace AkkaCrypto.Hocon.Loading;

/// <summary>Bounded reading of strict UTF-8.</summary>
internal static class FileText
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The text and its size in bytes; null when there is no such file. Other trouble throws with
    /// <paramref name="asker"/>.</summary>
    public static (string Text, int Bytes)? Read(string path, HoconOrigin asker)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            var bytes = new MemoryStream();
            var buffer = new byte[64 * 1024];
            for (var read = file.Read(buffer); read > 0; read = file.Read(buffer))
            {
                bytes.Write(buffer, 0, read);
                if (bytes.Length > HoconLimits.FileBytes)
                {
                    throw new HoconException(asker, $"{path} is larger than {HoconLimits.FileBytes} bytes");
                }
            }

            return (Decode(bytes.GetBuffer().AsSpan(0, (int)bytes.Length), path), (int)bytes.Length);
        }
        catch (Exception missing) when (missing is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (Exception trouble) when (trouble is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new HoconException(asker, $"{path} can't be read: {trouble.Message}");
        }
    }

    private static string Decode(ReadOnlySpan<byte> bytes, string path)
    {
        try
        {
            return Strict.GetString(bytes);
        }
        catch (DecoderFallbackException invalid)
        {
            var line = 1 + bytes[..Math.Clamp(invalid.Index, 0, bytes.Length)].Count((byte)'\n');
            throw new HoconException(new HoconOrigin(path, line), "found bytes that are not UTF-8, expected UTF-8 text");
        }
    }
}
