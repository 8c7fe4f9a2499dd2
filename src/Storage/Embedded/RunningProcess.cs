using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace AkkaCrypto.Storage.Embedded;

/// <summary>
/// A process as /proc shows it. Pids are given out again, so a process is known by its pid <em>and</em> its start
/// (<c>/proc/&lt;pid&gt;/stat</c>, field 22, in ticks of 10 ms since boot: proc(5)), and a signal is sent only while both still hold.
/// </summary>
internal sealed record RunningProcess(int Pid, int ParentPid, long StartTicks, IReadOnlyList<string> Arguments)
{
    /// <summary>Linux reports times to user space in hundredths of a second on every architecture that .NET runs on.</summary>
    private const int TicksPerSecond = 100;

    public static IEnumerable<RunningProcess> All()
    {
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder.AsSpan()), NumberStyles.None, CultureInfo.InvariantCulture, out var pid)
                && Find(pid) is { } process)
            {
                yield return process;
            }
        }
    }

    /// <summary>The process, or null when there is none or only its exit status is left (a zombie).</summary>
    public static RunningProcess? Find(int pid)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{pid}/stat");
            // The second field is the name in parentheses and may itself hold blanks and parentheses.
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            if (fields[0] is "Z" or "X")
            {
                return null;
            }

            var commandLine = Encoding.UTF8.GetString(File.ReadAllBytes($"/proc/{pid}/cmdline"));
            var arguments = commandLine.Split('\0', StringSplitOptions.RemoveEmptyEntries);
            return new RunningProcess(
                pid, int.Parse(fields[1], CultureInfo.InvariantCulture), long.Parse(fields[19], CultureInfo.InvariantCulture), arguments);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It ended while we looked, or isn't ours to look at.
            return null;
        }
    }

    public bool IsStillRunning => Find(Pid)?.StartTicks == StartTicks;

    /// <summary>Whether one of its arguments, or the program itself, is a file of this name.</summary>
    public bool Runs(string program) => Arguments.Any(a => string.Equals(Path.GetFileName(a), program, StringComparison.Ordinal));

    /// <summary>Start in seconds since 1970, to a second or two; moves with the wall clock when that is set.</summary>
    public long StartedUnixSeconds()
    {
        var boot = File.ReadLines("/proc/stat").First(l => l.StartsWith("btime ", StringComparison.Ordinal));
        return long.Parse(boot.AsSpan("btime ".Length), CultureInfo.InvariantCulture) + (StartTicks / TicksPerSecond);
    }

    /// <summary>Sends the signal unless the process has ended; another that got its pid is left alone.</summary>
    public void Send(Signal signal)
    {
        if (IsStillRunning)
        {
            // Refused only when it has just ended (ESRCH) or isn't ours (EPERM); either shows in IsStillRunning afterwards.
            _ = Kill(Pid, (int)signal);
        }
    }

    [DllImport("libc", EntryPoint = "kill")]
    private static extern int Kill(int pid, int signal);
}

/// <summary>Signal numbers of Linux, signal(7).</summary>
internal enum Signal
{
    Interrupt = 2,
    Quit = 3,
    Kill = 9,
    Terminate = 15,
    Continue = 18,
    Stop = 19,
}
