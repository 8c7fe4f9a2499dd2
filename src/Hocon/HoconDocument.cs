using AkkaCrypto.Hocon.Loading;
using AkkaCrypto.Hocon.Resolving;
using AkkaCrypto.Hocon.Syntax;

namespace AkkaCrypto.Hocon;

/// <summary>
/// A configuration, read and resolved: HOCON by its specification (lightbend/config, HOCON.md), JSON and properties files included.
/// Every method throws <see cref="HoconException"/> for what can't be read or resolved, and nothing else.
/// </summary>
/// <param name="Root">The resolved tree; nearly always an object.</param>
/// <param name="Files">Every file that was read or looked for, full paths: what a watcher has to watch.</param>
public sealed record HoconDocument(HoconValue Root, IReadOnlyList<string> Files)
{
    private static readonly IReadOnlyDictionary<string, string> NoVariables = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>The root as an object; a root array throws.</summary>
    public HoconObject Object =>
        Root as HoconObject ?? throw new HoconException(Root.Origin, $"found {Root.Kind} as the whole configuration, expected an object");

    /// <summary>Reads a text. Its includes are relative to <paramref name="folder"/>; without one they are missing files.</summary>
    public static HoconDocument Parse(
        string text, string source = "text", IReadOnlyDictionary<string, string>? environment = null, string? folder = null)
    {
        var loader = new Loader([]);
        var root = loader.ParseText(text, source, folder);
        return new HoconDocument(Resolver.Resolve(root, environment ?? NoVariables), loader.Files);
    }

    /// <summary>Reads one file alone (<c>.json</c> and <c>.properties</c> by their extension, anything else as HOCON).</summary>
    public static HoconDocument Load(string file, IReadOnlyDictionary<string, string>? environment = null)
    {
        var loader = new Loader([]);
        return new HoconDocument(Resolver.Resolve(loader.LoadFile(file), environment ?? NoVariables), loader.Files);
    }

    /// <summary>
    /// Lays files over one another, each later one over those before, and <paramref name="overlay"/> over all; substitutions are resolved
    /// at the end, so that an override reaches everything that is built on what it overrides.
    /// </summary>
    /// <param name="files">Files that must exist, weakest first.</param>
    /// <param name="environment">For substitutions that the configuration doesn't answer.</param>
    /// <param name="overlay">Settings from environment variables, the strongest layer.</param>
    /// <param name="seen">Gets every file that was read or looked for, also when this throws.</param>
    /// <param name="overrides">Values over the files and below <paramref name="overlay"/>.</param>
    public static HoconDocument LoadLayers(
        IReadOnlyList<string> files, IReadOnlyDictionary<string, string> environment,
            EnvironmentOverlay? overlay = null, ICollection<string>? seen = null, IReadOnlyList<HoconOverride>? overrides = null)
    {
        var loader = new Loader(seen ?? []);
        var root = new ObjectNode(new HoconOrigin("no file", 1));
        foreach (var file in files)
        {
            root.Merge(loader.LoadObject(file));
        }

        foreach (var value in overrides ?? [])
        {
            root.Set(value.Path, new ScalarNode(value.Value));
        }

        overlay?.LayOver(root, environment);
        return new HoconDocument(Resolver.Resolve(root, environment), loader.Files);
    }
}
