using AkkaCrypto.Hocon.Syntax;

namespace AkkaCrypto.Hocon.Loading;

/// <summary>Reads files and what they include. Collects in <paramref name="seen"/> every path it read or looked for.</summary>
internal sealed class Loader(ICollection<string> seen)
{
    /// <summary>Tried in this order for a name without one of them; all that exist are merged, later over earlier.</summary>
    private static readonly string[] Extensions = [".properties", ".json", ".conf"];

    private readonly List<string> including = [];
    private int filesRead;
    private long bytesRead;

    public IReadOnlyList<string> Files => [.. seen.Distinct(StringComparer.Ordinal)];

    public Node ParseText(string text, string source, string? folder) => Parser(text, source, folder, SubstitutionScope.Root).ParseFile();

    /// <summary>A file that must exist.</summary>
    public Node LoadFile(string file)
    {
        var path = Path.GetFullPath(file);
        var asker = new HoconOrigin(path, 1);
        return Read(path, SubstitutionScope.Root, asker) ?? throw new HoconException(asker, "no such file");
    }

    public ObjectNode LoadObject(string file) => AsObject(LoadFile(file), file);

    private static ObjectNode AsObject(Node root, string file) => root as ObjectNode
        ?? throw new HoconException(root.Origin, $"found a list as the root of {file}, expected an object");

    private Parser Parser(string text, string source, string? folder, SubstitutionScope scope) =>
        new(text, new HoconOrigin(source, 1), scope, include => Include(include, folder));

    private ObjectNode Include(Include include, string? folder)
    {
        if (include.Kind == IncludeKind.Url || (include.Kind == IncludeKind.Heuristic && IsUrl(include.Name)))
        {
            throw new HoconException(include.Origin,
                $"found an include of the URL \"{include.Name}\": configuration is read from files only");
        }

        var merged = new ObjectNode(include.Origin);
        var found = false;
        foreach (var path in Places(include, folder))
        {
            if (Read(path, include.Scope, include.Origin) is { } root)
            {
                merged.Merge(AsObject(root, path));
                found = true;
            }
        }

        return found || !include.Required
            ? merged
            : throw new HoconException(include.Origin, $"the required file \"{include.Name}\" does not exist");
    }

    private static bool IsUrl(string name) =>
        Uri.TryCreate(name, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" or "ftp" or "file" or "jar"
        && name.Contains(':', StringComparison.Ordinal);

    private static IEnumerable<string> Places(Include include, string? folder)
    {
        var name = include.Kind == IncludeKind.Classpath ? include.Name.TrimStart('/') : include.Name;
        if (name.Length == 0 || name.Contains('\0', StringComparison.Ordinal))
        {
            throw new HoconException(include.Origin, "found an empty or unusable name, expected the name of a file to include");
        }

        if (folder is null && !Path.IsPathRooted(name))
        {
            return [];
        }

        var path = Path.GetFullPath(name, folder ?? "/");
        return Extensions.Contains(Path.GetExtension(path), StringComparer.Ordinal)
            ? [path] : Extensions.Select(extension => path + extension);
    }

    /// <summary>Null when there is no such file.</summary>
    private Node? Read(string path, SubstitutionScope scope, HoconOrigin asker)
    {
        seen.Add(path);
        if (including.Contains(path, StringComparer.Ordinal))
        {
            throw new HoconException(asker, $"found an include cycle: {string.Join(" → ", including.Append(path))}");
        }

        if (FileText.Read(path, asker) is not var (text, bytes))
        {
            return null;
        }

        Count(bytes, asker);
        including.Add(path);
        var root = Path.GetExtension(path) == ".properties"
            ? PropertiesFile.Parse(text, path)
            : Parser(text, path, Path.GetDirectoryName(path), scope).ParseFile();
        including.RemoveAt(including.Count - 1);
        return root;
    }

    private void Count(int bytes, HoconOrigin asker)
    {
        filesRead++;
        bytesRead += bytes;
        if (including.Count >= HoconLimits.IncludeDepth)
        {
            throw new HoconException(asker, $"found includes nested deeper than {HoconLimits.IncludeDepth}");
        }

        if (filesRead > HoconLimits.FilesRead || bytesRead > HoconLimits.TotalBytes)
        {
            throw new HoconException(asker,
                $"found more than {HoconLimits.FilesRead} files or {HoconLimits.TotalBytes} bytes in one configuration");
        }
    }
}
