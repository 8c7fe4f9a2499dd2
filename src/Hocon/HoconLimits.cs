namespace AkkaCrypto.Hocon;

/// <summary>
/// The bounds of reading and resolving. Past one of them a <see cref="HoconException"/> names the file, the line and the bound, so that no
/// configuration, however hostile, takes the process down by its stack or its memory.
/// </summary>
public static class HoconLimits
{
    /// <summary>Objects and arrays inside one another, in a text and in the resolved tree; path elements count too.</summary>
    public const int Nesting = 200;

    /// <summary>Files that include one another in a chain.</summary>
    public const int IncludeDepth = 50;

    /// <summary>Files read for one configuration, the same file counted each time.</summary>
    public const int FilesRead = 1_000;

    /// <summary>Bytes of one file.</summary>
    public const int FileBytes = 16 * 1024 * 1024;

    /// <summary>Bytes of all files of one configuration.</summary>
    public const int TotalBytes = 64 * 1024 * 1024;

    /// <summary>Substitutions that wait for one another in a chain, the <c>+=</c> of one key among them; fewer on a small stack.</summary>
    public const int SubstitutionDepth = 500;

    /// <summary>Values of the resolved tree, each counted wherever a substitution repeats it.</summary>
    public const int ResolvedValues = 2_000_000;

    /// <summary>Characters of one string, and of all strings of the resolved tree.</summary>
    public const int ResolvedCharacters = 64 * 1024 * 1024;

    /// <summary>Steps of resolving (slots made and elements joined): the bound on time.</summary>
    public const int ResolvingSteps = 20_000_000;
}
