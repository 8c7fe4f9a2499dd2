using System.ComponentModel.DataAnnotations;
using AkkaCrypto.Hocon.Binding;
using AkkaCrypto.Hocon.Live;
using AkkaCrypto.TestKit;

namespace AkkaCrypto.Hocon.Tests;

public sealed class SettingsWatcherTests : IDisposable
{
    /// <summary>How often the watcher looks.</summary>
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly Folder folder = new();
    private readonly FakeTimeProvider time = new();
    private readonly List<string> reported = [];
    private readonly List<int> told = [];
    private readonly LiveSettings<Knobs> live;
    private readonly SettingsWatcher<Knobs> watcher;
    private int loads;

    public SettingsWatcherTests()
    {
        folder.Write("main.conf", "include \"part.conf\"\nknobs.size = 1");
        var files = new List<string>();
        live = new LiveSettings<Knobs>(Load(files).OrThrow());
        live.OnChange(knobs => told.Add(knobs.Size));
        watcher = new SettingsWatcher<Knobs>(Load, files, live,
            faults => reported.AddRange(faults.Select(fault => fault.ToString())), time);
        loads = 0;
    }

    public void Dispose()
    {
        watcher.Dispose();
        folder.Dispose();
    }

    [Fact]
    public void A_changed_file_is_in_force_once_it_rests()
    {
        folder.Write("main.conf", "knobs.size = 22");
        time.Advance(Second);
        Assert.Equal((1, 0), (live.Current.Size, loads));

        folder.Write("main.conf", "knobs.size = 333");
        time.Advance(Second);
        Assert.Equal((1, 0), (live.Current.Size, loads));

        time.Advance(Second);
        time.Advance(Second);
        Assert.Equal((333, 1), (live.Current.Size, loads));
        Assert.Equal([333], told);
    }

    [Fact]
    public void A_broken_edit_is_reported_once_and_the_last_good_settings_stay()
    {
        folder.Write("main.conf", "\nknobs.size = ");
        Ticks(4);

        Assert.Equal([$"found the end of the text, expected a value ({folder["main.conf"]}:2)"], reported);
        Assert.Equal((1, 1), (live.Current.Size, loads));

        folder.Write("main.conf", "knobs.size = 0");
        Ticks(4);
        Assert.Equal($"knobs.size: found 0, expected a whole number from 1 to 1000 ({folder["main.conf"]}:1)", reported[1]);

        folder.Write("main.conf", "knobs.size = 44");
        Ticks(2);
        Assert.Equal((44, 2), (live.Current.Size, reported.Count));
    }

    [Fact]
    public void An_included_file_that_appears_later_is_seen()
    {
        folder.Write("main.conf", "knobs.size = 5\ninclude \"part.conf\"");
        Ticks(2);
        folder.Write("part.conf", "knobs.size = 6");
        Ticks(2);

        Assert.Equal([5, 6], told);
    }

    [Fact]
    public void A_listener_that_throws_keeps_no_other_from_hearing_and_is_reported()
    {
        using var bad = live.OnChange(_ => throw new InvalidOperationException("not me"));
        var heard = 0;
        using var good = live.OnChange(knobs => heard = knobs.Size);

        folder.Write("main.conf", "knobs.size = 77");
        Ticks(2);

        Assert.Equal((77, 77), (heard, live.Current.Size));
        Assert.EndsWith("not me", Assert.Single(reported), StringComparison.Ordinal);
    }

    [Fact]
    public void A_listener_that_left_hears_nothing_more()
    {
        var heard = 0;
        live.OnChange(_ => heard++).Dispose();

        live.Publish(new Knobs(9));

        Assert.Equal((0, 9), (heard, live.Current.Size));
    }

    private void Ticks(int count)
    {
        for (var i = 0; i < count; i++)
        {
            time.Advance(Second);
        }
    }

    private Bound<Knobs> Load(ICollection<string> files)
    {
        loads++;
        return SettingsBinder.Bind<Knobs>(
            HoconDocument.LoadLayers([folder["main.conf"]], Resolved.Variables(), null, files).Object, "knobs");
    }

    internal sealed record Knobs([Range(1, 1000)] int Size);
}
