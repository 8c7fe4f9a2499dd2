using System.ComponentModel.DataAnnotations;
using AkkaCrypto.Hocon.Binding;
using AkkaCrypto.Hocon.Units;

namespace AkkaCrypto.Hocon.Tests;

public sealed class BinderTests
{
    private const string Good = """
        app {
          name = demo, on = yes, count = "5", big = 1e3, ratio = 0.5, price = 1.10, wait = 250ms, max-body-bytes = 4MiB
          keep = 2w, mode = read-only, limit = null, note = null, tags = [a, b], modes = { "1": write, "0": read-only }
          limits { free = 1, Pro_x = null }, inner { low = 1, high = 2 }, level = info, api-key = k
        }
        """;

    [Fact]
    public void Every_type_of_setting_is_bound()
    {
        var bound = Bind("").OrThrow();

        Assert.Equal(("demo", true, 5, 1000L, 0.5, 1.10m), (bound.Name, bound.On, bound.Count, bound.Big, bound.Ratio, bound.Price));
        Assert.Equal((TimeSpan.FromMilliseconds(250), 4_194_304L, new HoconPeriod(0, 0, 14)), (bound.Wait, bound.MaxBodyBytes, bound.Keep));
        Assert.Equal((Mode.ReadOnly, null, null), (bound.Mode, bound.Limit, bound.Note));
        Assert.Equal(["a", "b"], bound.Tags);
        Assert.Equal([Mode.ReadOnly, Mode.Write], bound.Modes);
        Assert.Equal(new Dictionary<string, int?>(StringComparer.Ordinal) { ["free"] = 1, ["Pro_x"] = null }, bound.Limits);
        Assert.Equal(new Inner(1, 2), bound.Inner);
    }

    [Theory]
    [InlineData("count = 0", "app.count: found 0, expected a whole number from 1 to 100 (app.conf:6)")]
    [InlineData("count = 1.5", "app.count: found 1.5, expected a whole number from 1 to 100 (app.conf:6)")]
    [InlineData("count = many", "app.count: found \"many\", expected a whole number from 1 to 100 (app.conf:6)")]
    [InlineData("count = null", "app.count: found null, expected a whole number from 1 to 100 (app.conf:6)")]
    [InlineData("count = [1]", "app.count: found a list, expected a whole number from 1 to 100 (app.conf:6)")]
    [InlineData("big = 99999999999999999999", "app.big: found 99999999999999999999, expected a whole number (app.conf:6)")]
    [InlineData("on = 1", "app.on: found 1, expected true or false (app.conf:6)")]
    [InlineData("name = \"\"", "app.name: found \"\", expected a text that is not empty (app.conf:6)")]
    [InlineData("wait = 5 parsecs", "app.wait: found \"5 parsecs\", expected a duration such as 250ms, from 1ms to 1m (app.conf:6)")]
    [InlineData("wait = 2m", "app.wait: found \"2m\", expected a duration such as 250ms, from 1ms to 1m (app.conf:6)")]
    [InlineData("max-body-bytes = 1", "app.max-body-bytes: found 1, expected a size such as 4MiB, from 1KiB to 1GiB (app.conf:6)")]
    [InlineData("ratio = 2", "app.ratio: found 2, expected a number from 0 to 1 (app.conf:6)")]
    [InlineData("mode = ReadOnly", "app.mode: found \"ReadOnly\", expected one of read-only, write (app.conf:6)")]
    [InlineData("limit = -1", "app.limit: found -1, expected a whole number from 1 to 9, or null (app.conf:6)")]
    [InlineData("level = loud", "app.level: found \"loud\", expected one of debug, info (app.conf:6)")]
    [InlineData("tags = []", "app.tags: found a list, expected a list of at least 1 (app.conf:6)")]
    [InlineData("tags = a", "app.tags: found \"a\", expected a list of at least 1 (app.conf:6)")]
    [InlineData("modes = [write, no]", "app.modes.1: found \"no\", expected one of read-only, write (app.conf:6)")]
    [InlineData("limits.free = x", "app.limits.free: found \"x\", expected a whole number, or null (app.conf:6)")]
    [InlineData("inner = 1", "app.inner: found 1, expected an object (app.conf:6)")]
    [InlineData("inner.high = 0", "app.inner.high: found 0, expected at least low (app.conf:6)")]
    [InlineData("api-key = [x]", "app.api-key: found a list, expected a text (app.conf:6)")]
    [InlineData("api-key = \"not to be seen\", inner.token = hush",
        "app.inner.token: found an unknown setting, expected one of low, high (app.conf:6)")]
    [InlineData("cuont = 1", "app.cuont: found an unknown setting, expected count: did you mean that? (app.conf:6)")]
    public void A_fault_says_what_was_found_and_expected_and_where(string line, string fault) =>
        Assert.Equal([fault], Bind(line).Faults.Select(found => found.ToString()));

    [Fact]
    public void A_secret_is_never_shown()
    {
        var fault = Assert.Single(SettingsBinder.Bind<Locked>(Resolved.Object("a.secret-key = hush"), "a").Faults);

        Assert.Equal("a.secret-key: found ***, expected a whole number (test.conf:1)", fault.ToString());
    }

    [Fact]
    public void All_faults_come_at_once_missing_settings_among_them()
    {
        var bound = SettingsBinder.Bind<Inner>(Resolved.Object("x { lwo = 1 }\n\ny = 2"), "x");

        Assert.Equal(
            [
                "x.lwo: found an unknown setting, expected low: did you mean that? (test.conf:1)",
                "x.low: found nothing, expected a whole number (test.conf:1)",
                "x.high: found nothing, expected a whole number (test.conf:1)",
            ],
            bound.Faults.Select(fault => fault.ToString()));
        Assert.Equal(3, Assert.Throws<SettingsException>(bound.OrThrow).Message.Split('\n').Length);
    }

    [Fact]
    public void A_root_that_only_just_misses_is_a_fault_and_other_roots_are_not()
    {
        var bound = SettingsBinder.Bind<Inner>(Resolved.Object("inner { low = 1, high = 2 }\ninnr.low = 2\nhelpers.x = 1"), "inner");

        Assert.Equal(["innr: found an unknown setting, expected inner: did you mean that? (test.conf:2)"],
            bound.Faults.Select(fault => fault.ToString()));
    }

    [Fact]
    public void A_section_without_the_root_is_a_fault()
    {
        var bound = SettingsBinder.Bind<App>(HoconDocument.Parse($"{Good}\nmax-body-bytes = 2MiB", "app.conf").Object, "app");

        Assert.Equal(["max-body-bytes: found an unknown setting, expected app.max-body-bytes: did you mean that? (app.conf:6)"],
            bound.Faults.Select(fault => fault.ToString()));
    }

    private static Bound<App> Bind(string line) =>
        SettingsBinder.Bind<App>(HoconDocument.Parse($"{Good}\napp {{ {line} }}", "app.conf").Object, "app");

    internal enum Mode
    {
        ReadOnly,
        Write,
    }

    internal sealed record App(
        [Required(AllowEmptyStrings = false)] string Name,
        bool On,
        [Range(1, 100)] int Count,
        long Big,
        [Range(0.0, 1.0)] double Ratio,
        decimal Price,
        [Range(typeof(TimeSpan), "00:00:00.001", "00:01:00")] TimeSpan Wait,
        [Range(1024L, 1L << 30)] long MaxBodyBytes,
        HoconPeriod Keep,
        Mode Mode,
        [Range(1, 9)] int? Limit,
        string? Note,
        [MinLength(1)] IReadOnlyList<string> Tags,
        IReadOnlyList<Mode> Modes,
        IReadOnlyDictionary<string, int?> Limits,
        Inner Inner,
        [RegularExpression("debug|info")] string Level,
        string ApiKey);

    internal sealed record Inner(int Low, int High) : IValidatableObject
    {
        public IEnumerable<ValidationResult> Validate(ValidationContext validationContext) =>
            High < Low ? [new ValidationResult("at least low", [nameof(High)])] : [];
    }

    internal sealed record Locked(int SecretKey);
}
