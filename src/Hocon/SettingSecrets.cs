namespace AkkaCrypto.Hocon;

/// <summary>
/// Which settings are secret: by name, when the last element ends in one of a few words; by content, when a text looks like a connection
/// string with a password. Secrets are never printed, neither in faults nor by <c>config show</c>.
/// </summary>
public static class SettingSecrets
{
    private static readonly string[] Endings = ["key", "secret", "password", "connection-string", "token", "pepper"];

    public static bool IsSecretName(HoconPath path) =>
        !path.IsRoot && Array.Exists(Endings, ending => path.Elements[^1].EndsWith(ending, StringComparison.OrdinalIgnoreCase));

    /// <summary>Null and booleans hide nothing: <c>needs-api-key = true</c> is shown.</summary>
    public static bool IsSecret(HoconPath path, HoconScalar value) =>
        value is HoconString or HoconNumber
        && (IsSecretName(path) || value.Text.Contains("password=", StringComparison.OrdinalIgnoreCase));
}
