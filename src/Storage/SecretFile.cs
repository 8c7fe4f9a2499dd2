namespace AkkaCrypto.Storage;

/// <summary>A secret that is made once and then kept in a file that nobody but its owner reads.</summary>
public static class SecretFile
{
    /// <summary>
    /// The file's text, without white space around it. Where there is none it is made (mode 0600, its folder 0700): whole or not at all,
    /// also where several processes make it at once: the first one's stays.
    /// </summary>
    /// <exception cref="IOException">The file can't be read or made; <see cref="UnauthorizedAccessException"/> too.</exception>
    public static string ReadOrMake(string file, Func<string> make)
    {
        if (!File.Exists(file))
        {
            Make(file, make());
        }

        return File.ReadAllText(file).Trim();
    }

    private static void Make(string file, string text)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(file))!;
        Directory.CreateDirectory(folder);
        var made = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            made.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        var draft = $"{file}.{Environment.ProcessId}";
        File.Delete(draft);
        using (var writer = new StreamWriter(draft, made))
        {
            writer.WriteLine(text);
        }

        try
        {
            File.Move(draft, file, overwrite: false);
        }
        catch (IOException) when (File.Exists(file))
        {
            File.Delete(draft);
        }
    }
}
