using System.Globalization;

namespace AkkaCrypto.Bench;

/// <summary>
/// Processor time of this process and of the servers that it started, in seconds (Linux: <c>/proc/…/stat</c>, in steps of 10 ms). Where
/// both share the processors this says whose work a row or a request is; the wall clock says whether anybody waited.
/// </summary>
internal readonly record struct ProcessorTime(double Client, double Server)
{
    private const double TicksPerSecond = 100; // sysconf(_SC_CLK_TCK) on every Linux

    // Fields of /proc/<pid>/stat after the name in parentheses (proc(5)): parent, user and kernel time.
    private const int Parent = 1;
    private const int User = 11;
    private const int Kernel = 12;

    public static ProcessorTime Now()
    {
        var all = Directory.Exists("/proc") ? Directory.EnumerateDirectories("/proc").Select(Read).OfType<Entry>().ToList() : [];
        var children = all.ToLookup(process => process.Parent);
        var server = Below(children, Environment.ProcessId).Sum(process => process.Seconds);
        return new ProcessorTime(Environment.CpuUsage.TotalTime.TotalSeconds, server);
    }

    public static ProcessorTime operator -(ProcessorTime left, ProcessorTime right) =>
        new(left.Client - right.Client, left.Server - right.Server);

    /// <summary>Microseconds for each of so many.</summary>
    public ProcessorTime Per(int count) => new(Client * 1e6 / count, Server * 1e6 / count);

    private static IEnumerable<Entry> Below(ILookup<int, Entry> children, int parent) =>
        children[parent].SelectMany(child => Below(children, child.Id).Prepend(child));

    private static Entry? Read(string folder)
    {
        if (!int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var id))
        {
            return null;
        }

        try
        {
            var stat = File.ReadAllText(Path.Combine(folder, "stat"));
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            var ticks = long.Parse(fields[User], CultureInfo.InvariantCulture) + long.Parse(fields[Kernel], CultureInfo.InvariantCulture);
            return new Entry(id, int.Parse(fields[Parent], CultureInfo.InvariantCulture), ticks / TicksPerSecond);
        }
        catch (IOException)
        {
            return null; // it ended meanwhile
        }
    }

    private sealed record Entry(int Id, int Parent, double Seconds);
}
