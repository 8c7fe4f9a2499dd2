using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Configuration;

namespace AkkaCrypto.Hocon.Configuration;

/// <summary>
/// A resolved tree as configuration keys: <c>a.b</c> is <c>a:b</c>, the first element of a list <c>a:0</c>, an empty list the empty text,
/// an empty object and null are null. Keys ignore case here (they don't in HOCON), so two that differ in case alone are refused.
/// </summary>
public sealed class HoconConfigurationProvider : ConfigurationProvider
{
    private Dictionary<string, HoconOrigin> origins = new(StringComparer.OrdinalIgnoreCase);
    private HoconObject root;

    public HoconConfigurationProvider(HoconObject root)
    {
        this.root = root;
        Load();
    }

    /// <summary>Replaces the tree and tells whoever watches the configuration.</summary>
    public void Update(HoconObject next)
    {
        root = next;
        Load();
        OnReload();
    }

    /// <summary>Where the value of a key was written.</summary>
    public bool TryGetOrigin(string key, [NotNullWhen(true)] out HoconOrigin? origin) => origins.TryGetValue(key, out origin);

    public override void Load()
    {
        var data = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        var found = new Dictionary<string, HoconOrigin>(StringComparer.OrdinalIgnoreCase);
        foreach (var (key, value) in root.Fields)
        {
            Flatten(key, value, data, found);
        }

        (Data, origins) = (data, found);
    }

    private static void Flatten(string key, HoconValue value, Dictionary<string, string?> data, Dictionary<string, HoconOrigin> origins)
    {
        if (!origins.TryAdd(key, value.Origin))
        {
            throw new HoconException(value.Origin, $"found {key}, which differs from {origins[key]} in case alone");
        }

        switch (value)
        {
            case HoconObject { Fields: { Count: > 0 } fields }:
                foreach (var (name, field) in fields)
                {
                    Flatten(ConfigurationPath.Combine(key, name), field, data, origins);
                }

                break;
            case HoconArray { Items: { Count: > 0 } items }:
                for (var i = 0; i < items.Count; i++)
                {
                    Flatten(ConfigurationPath.Combine(key, $"{i}"), items[i], data, origins);
                }

                break;
            default:
                data[key] = value is HoconArray ? "" : value is HoconScalar and not HoconNull ? ((HoconScalar)value).Text : null;
                break;
        }
    }
}

internal sealed class HoconConfigurationSource(HoconConfigurationProvider provider) : IConfigurationSource
{
    public IConfigurationProvider Build(IConfigurationBuilder builder) => provider;
}
