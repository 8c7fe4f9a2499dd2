namespace AkkaCrypto.Hocon.Binding;

/// <summary>One thing wrong with the settings. Null <paramref name="Found"/>: nothing was there. Secrets come as <c>***</c>.</summary>
public sealed record SettingsFault(string Path, string? Found, string Expected, HoconOrigin? Origin)
{
    /// <summary>A configuration that couldn't be read or resolved at all.</summary>
    public static SettingsFault Of(HoconException trouble) => new("", null, trouble.Reason, trouble.Origin);

    /// <summary><c>a.batch-size: found 0, expected a whole number from 1 to 100000 (site.conf:12)</c></summary>
    public override string ToString()
    {
        var where = Origin is null ? "" : $" ({Origin})";
        return Path.Length == 0 ? Expected + where : $"{Path}: found {Found ?? "nothing"}, expected {Expected}{where}";
    }
}

/// <summary>Settings that don't hold. The message lists every fault, one a line.</summary>
public sealed class SettingsException(IReadOnlyList<SettingsFault> faults) : Exception(string.Join('\n', faults))
{
    public IReadOnlyList<SettingsFault> Faults { get; } = faults;
}

/// <summary>The settings, or every fault at once.</summary>
public sealed record Bound<T>(T? Value, IReadOnlyList<SettingsFault> Faults)
    where T : class
{
    /// <summary>The settings; throws <see cref="SettingsException"/> when there are faults.</summary>
    public T OrThrow() => Value ?? throw new SettingsException(Faults);
}
