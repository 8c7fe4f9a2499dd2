namespace AkkaCrypto.Hocon.Syntax;

internal enum IncludeKind
{
    /// <summary><c>include "x"</c>: a URL when it looks like one, otherwise a file beside this one.</summary>
    Heuristic,
    File,
    Classpath,
    Url,
}

/// <summary>An include statement. <paramref name="Scope"/> says where the included file's substitutions point.</summary>
internal sealed record Include(IncludeKind Kind, string Name, bool Required, SubstitutionScope Scope, HoconOrigin Origin);

/// <summary>
/// The places that a file's substitutions are relative to, innermost first and the root last. None: the file is included within a list,
/// where no path leads to it, so a substitution in it can't be fixed up and is refused.
/// </summary>
internal sealed record SubstitutionScope(IReadOnlyList<HoconPath> Places)
{
    public static readonly SubstitutionScope Root = new([HoconPath.Root]);

    public static readonly SubstitutionScope WithinList = new([]);

    public SubstitutionScope At(HoconPath inner) =>
        inner.IsRoot || Places.Count == 0 ? this : new SubstitutionScope([Places[0].Then(inner), .. Places]);

    public IReadOnlyList<HoconPath> Candidates(HoconPath path) => [.. Places.Select(place => place.Then(path))];
}
