namespace AkkaCrypto.Api.Auth;

public enum Access
{
    /// <summary>For anybody, without a key.</summary>
    Open,

    /// <summary>Any valid key.</summary>
    User,

    /// <summary>A key of the role admin.</summary>
    Admin,
}

/// <summary>
/// Who may ask for which path: the whole rule. It goes by path and not by endpoint, so that a path that leads nowhere, and a route that
/// somebody forgets to list, need a key as well.
/// </summary>
public static class AccessTable
{
    /// <summary>Paths that need no key.</summary>
    public static readonly IReadOnlyList<string> OpenPaths =
        ["/", "/healthz", "/readyz", "/docs", "/redoc", "/openapi/v1.json", "/api/v3/ping"];

    /// <summary>Everything below these needs the role admin.</summary>
    public static readonly IReadOnlyList<string> AdminPrefixes = ["/admin", "/internal-api", "/logs", "/metrics"];

    /// <summary>The two pages bring their own scripts and styles.</summary>
    private static readonly string[] OpenPrefixes = ["/docs", "/redoc"];

    public static Access For(PathString path) =>
        IsBelow(path, AdminPrefixes) ? Access.Admin
        : IsOpen(path) ? Access.Open
        : Access.User;

    private static bool IsOpen(PathString path)
    {
        foreach (var open in OpenPaths)
        {
            if (string.Equals(path.Value, open, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return IsBelow(path, OpenPrefixes);
    }

    private static bool IsBelow(PathString path, IReadOnlyList<string> prefixes)
    {
        foreach (var prefix in prefixes)
        {
            if (path.StartsWithSegments(prefix, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }
}
