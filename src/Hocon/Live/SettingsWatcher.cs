using AkkaCrypto.Hocon.Binding;

namespace AkkaCrypto.Hocon.Live;

/// <summary>
/// Loads again when a configuration file changes, included files and files that don't exist yet among them. It compares time of last write
/// and length at each tick (a file system's own notices get lost on mounted volumes) and loads once two ticks in a row saw the same change,
/// so that a file half written isn't read. A broken edit is reported once and the last good settings stay in force.
/// </summary>
public sealed class SettingsWatcher<T> : IDisposable
    where T : class
{
    /// <summary>Ticks of the clock; a change is in force within two of them.</summary>
    public static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    private readonly Func<ICollection<string>, Bound<T>> load;
    private readonly LiveSettings<T> live;
    private readonly Action<IReadOnlyList<SettingsFault>> report;
    private readonly Lock gate = new();
    private readonly ITimer timer;
    private Dictionary<string, Stamp> known;
    private Dictionary<string, Stamp> pending;

    /// <param name="load">Loads and binds, and adds every file it read or looked for to the collection, also when it throws
    /// <see cref="HoconException"/>.</param>
    /// <param name="files">The files of the settings in force.</param>
    /// <param name="live">Gets the new settings.</param>
    /// <param name="report">Gets what is wrong with an edit.</param>
    /// <param name="time">Ticks every <see cref="Period"/>.</param>
    public SettingsWatcher(
        Func<ICollection<string>, Bound<T>> load,
        IEnumerable<string> files,
        LiveSettings<T> live,
        Action<IReadOnlyList<SettingsFault>> report,
        TimeProvider time)
    {
        (this.load, this.live, this.report) = (load, live, report);
        known = pending = Stamps(files);
        timer = time.CreateTimer(_ => Tick(), null, Period, Period);
    }

    public void Dispose() => timer.Dispose();

    private void Tick()
    {
        // A tick that meets one still loading has nothing to add.
        if (!gate.TryEnter())
        {
            return;
        }

        try
        {
            Look();
        }
        finally
        {
            gate.Exit();
        }
    }

    private void Look()
    {
        var seen = Stamps(known.Keys);
        if (Same(seen, known))
        {
            pending = known;
            return;
        }

        if (!Same(seen, pending))
        {
            pending = seen;
            return;
        }

        var files = new HashSet<string>(known.Keys, StringComparer.Ordinal);
        var faults = Reload(files);
        // What was there before loading: a change made meanwhile is seen at the next tick.
        known = pending = Stamps(files.Except(seen.Keys)).Concat(seen).ToDictionary(StringComparer.Ordinal);
        if (faults.Count > 0)
        {
            report(faults);
        }
    }

    private IReadOnlyList<SettingsFault> Reload(ICollection<string> files)
    {
        try
        {
            return live.Replace(() => load(files)).Faults;
        }
        catch (HoconException trouble)
        {
            return [SettingsFault.Of(trouble)];
        }
        catch (AggregateException listeners)
        {
            return [.. listeners.InnerExceptions
                .Select(failure => new SettingsFault("", null, $"{listeners.Message} {failure.Message}", null))];
        }
    }

    private static Dictionary<string, Stamp> Stamps(IEnumerable<string> files) =>
        files.Distinct(StringComparer.Ordinal).ToDictionary(file => file, Stamp.Of, StringComparer.Ordinal);

    private static bool Same(Dictionary<string, Stamp> one, Dictionary<string, Stamp> other) =>
        one.Count == other.Count && one.All(entry => other.TryGetValue(entry.Key, out var stamp) && stamp == entry.Value);

    /// <summary>A missing file has length -1.</summary>
    private readonly record struct Stamp(DateTime LastWrite, long Length)
    {
        public static Stamp Of(string file)
        {
            var info = new FileInfo(file);
            return info.Exists ? new Stamp(info.LastWriteTimeUtc, info.Length) : new Stamp(default, -1);
        }
    }
}
