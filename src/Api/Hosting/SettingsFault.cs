namespace AkkaCrypto.Api.Hosting;

/// <summary>Settings that are each well formed but can't stand together. The start stops with all of them, one a line.</summary>
public sealed class SettingsFault(IReadOnlyList<string> faults) : Exception(string.Join(Environment.NewLine, faults))
{
    public IReadOnlyList<string> Faults { get; } = faults;

    public static void ThrowIfAny(IReadOnlyList<string> faults)
    {
        if (faults.Count > 0)
        {
            throw new SettingsFault(faults);
        }
    }
}
