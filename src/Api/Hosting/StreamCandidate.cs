using AkkaCrypto.Hocon;
using AkkaCrypto.Hocon.Binding;
using AkkaCrypto.Pipeline.Ops;

namespace AkkaCrypto.Api.Hosting;

/// <summary>What a PATCH would make of a stream's settings, and whether that holds. Changes nothing.</summary>
/// <param name="changes">JSON values by path below the stream; null takes a value away, and what lies below it.</param>
public sealed class StreamCandidate(ServiceConfiguration configuration, string stream, IReadOnlyDictionary<string, string?> changes)
{
    private static HoconPath PathOf(string stream) => new(["akkacrypto", "streams", stream]);

    /// <summary>Whether a fault is of this stream's settings.</summary>
    public static bool IsOf(string stream, string faultPath) =>
        PathOf(stream).ToString() is var path && (faultPath == path || faultPath.StartsWith(path + ".", StringComparison.Ordinal));

    /// <summary>The stream's values after the change.</summary>
    public IReadOnlyList<StreamPatch> Over(IReadOnlyList<StreamPatch> laid, DateTimeOffset now, string by) =>
    [
        .. laid.Where(patch => patch.Stream == stream && !IsReplaced(patch.Path)),
        .. changes.Where(change => change.Value is not null).Select(change => new StreamPatch(stream, change.Key, change.Value!, now, by)),
    ];

    /// <summary>
    /// One message for each value that can't be taken: unknown, of the wrong form, out of its bounds, at odds with another one, or set by
    /// the environment, which would win and leave the change without effect. Null where all can.
    /// </summary>
    /// <exception cref="SettingsException">The files themselves don't hold at this moment.</exception>
    public IReadOnlyDictionary<string, string>? Faults(IReadOnlyList<StreamPatch> laid, IReadOnlyList<StreamPatch> next)
    {
        var overrides = laid.Where(patch => patch.Stream != stream).Concat(next).Select(patch => patch.Override()).ToList();
        // By themselves first: a variable must not hide a value that would break the start once the variable is gone.
        var alone = configuration.Try([.. overrides, .. UnknownRemovals(laid)], withVariables: false).Faults;
        if (alone.Count > 0)
        {
            return Messages(alone);
        }

        var (tree, faults) = configuration.Try(overrides, withVariables: true);
        return faults.Count > 0 ? Messages(faults) : Overruled(tree, next);
    }

    private bool IsReplaced(string path) =>
        changes.ContainsKey(path)
        || changes.Any(change => change.Value is null && path.StartsWith(change.Key + ".", StringComparison.Ordinal));

    /// <summary>A name that no setting has is a mistake, also where it is to be taken away: as null it is seen by the binder. What was laid
    /// before an upgrade may be of a setting that is gone.</summary>
    private IEnumerable<HoconOverride> UnknownRemovals(IReadOnlyList<StreamPatch> laid) => changes
        .Where(change => change.Value is null && !laid.Any(patch => patch.Stream == stream && patch.Path == change.Key))
        .Select(change => new HoconPath([.. PathOf(stream).Elements, .. change.Key.Split('.')]))
        .Where(path => !configuration.Tree.TryGet(path, out _))
        .Select(path => new HoconOverride(path, new HoconNull(HoconOrigin.Told("this request"))));

    private Dictionary<string, string> Messages(IReadOnlyList<SettingsFault> faults)
    {
        var messages = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var fault in faults.Where(fault => IsOf(stream, fault.Path)))
        {
            var field = fault.Path[PathOf(stream).ToString().Length..].TrimStart('.');
            messages.TryAdd(field.Length == 0 ? stream : field, fault.ToString());
        }

        return messages.Count > 0 ? messages : throw new SettingsException(faults);
    }

    private Dictionary<string, string>? Overruled(HoconObject tree, IReadOnlyList<StreamPatch> next)
    {
        var messages = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var patch in next.Where(patch => changes.ContainsKey(patch.Path)))
        {
            var laid = patch.Override();
            if (tree.TryGet(laid.Path, out var found) && found.Origin != laid.Value.Origin)
            {
                messages.Add(patch.Path, $"is set by the {found.Origin}, which wins over PATCH: change it there");
            }
        }

        return messages.Count > 0 ? messages : null;
    }
}
