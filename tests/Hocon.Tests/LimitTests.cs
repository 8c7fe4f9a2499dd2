using System.Text;

namespace AkkaCrypto.Hocon.Tests;

/// <summary>Each bound of <see cref="HoconLimits"/>: at it things work, past it an error names file and line.</summary>
public sealed class LimitTests
{
    [Theory]
    [InlineData("[", "]")]
    [InlineData("{a=", "}")]
    public void Nesting_in_a_text_is_bounded(string open, string close)
    {
        HoconDocument.Parse(Repeat(open, HoconLimits.Nesting) + (open == "[" ? "" : "1") + Repeat(close, HoconLimits.Nesting));

        Refused("\n" + Repeat(open, 100_000), 2, "nested deeper than 200");
    }

    [Fact]
    public void The_length_of_a_path_is_bounded()
    {
        Refused(Repeat("a.", HoconLimits.Nesting) + "a = 1", 1, "expected at most 200");
        Refused(string.Concat(Enumerable.Repeat(Repeat("a.", 99) + "a {", 3)), 1, "nested deeper than 200");
    }

    [Fact]
    public void A_text_that_doubles_itself_is_stopped()
    {
        Refused(Doubling("\"0123456789\"", "${a{0}}${a{0}}"), null, "characters");
    }

    [Fact]
    public void A_list_that_doubles_itself_is_stopped()
    {
        Refused(Doubling("[1,2,3]", "${a{0}} ${a{0}}"), null, "expand to more than");
        Refused(Doubling("[1,2,3]", "[${a{0}}, ${a{0}}]"), null, "expand to more than");
        Refused(Doubling("{x:1}", "{ l = ${a{0}}, r = ${a{0}} }"), null, "expand to more than");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Substitutions_that_nest_without_end_are_stopped(bool newestFirst)
    {
        var lines = Enumerable.Range(1, 5_000).Select(i => $"a{i} = {{ x = ${{a{i - 1}}} }}").Prepend("a0 = 1");

        Refused(string.Join('\n', newestFirst ? lines.Reverse() : lines), null, "deeper than 200");
    }

    [Fact]
    public void Substitutions_that_wait_for_one_another_are_bounded()
    {
        var lines = Enumerable.Range(1, 5_000).Select(i => $"a{i} = ${{a{i - 1}}}").Prepend("a0 = 1");

        Refused(string.Join('\n', lines.Reverse()), null, "more than 500 substitutions wait");
        Assert.Equal(5_001, Resolved.Object(string.Join('\n', lines)).Fields.Count);
    }

    [Fact]
    public void Hundreds_of_additions_to_one_list_work_and_a_hostile_number_is_refused()
    {
        Assert.Equal(400, ((HoconArray)Resolved.Object(Repeat("a += 1\n", 400)).Fields["a"]).Items.Count);

        Refused(Repeat("a += 1\n", 50_000), null, "more than 500 substitutions wait");
    }

    [Fact]
    public void Includes_are_bounded_in_depth_and_in_number()
    {
        using var folder = new Folder();
        for (var i = 0; i < 60; i++)
        {
            folder.Write($"f{i}.conf", $"include \"f{i + 1}.conf\"\ninclude \"f{i + 1}.conf\"");
        }

        var deep = Assert.Throws<HoconException>(() => HoconDocument.Load(folder["f0.conf"]));
        Assert.Contains("includes nested deeper than 50", deep.Message, StringComparison.Ordinal);

        var many = Assert.Throws<HoconException>(() => HoconDocument.Load(folder["f40.conf"]));
        Assert.Contains("more than 1000 files", many.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_too_large_is_not_read_whole()
    {
        using var folder = new Folder();
        using (var file = File.Create(folder["large.conf"]))
        {
            file.SetLength(HoconLimits.FileBytes + 1L);
        }

        var refused = Assert.Throws<HoconException>(() => HoconDocument.Load(folder["large.conf"]));
        Assert.Contains("is larger than 16777216 bytes", refused.Message, StringComparison.Ordinal);
    }

    private static string Repeat(string text, int times) => new StringBuilder().Insert(0, text, times).ToString();

    private static string Doubling(string first, string next) => string.Join(
        '\n', Enumerable.Range(1, 60).Select(i => $"a{i} = {next.Replace("{0}", $"{i - 1}", StringComparison.Ordinal)}")
            .Prepend($"a0 = {first}"));

    private static void Refused(string hocon, int? line, string words)
    {
        var refused = Assert.Throws<HoconException>(() => HoconDocument.Parse(hocon, "wrong.conf"));
        Assert.Contains(words, refused.Message, StringComparison.Ordinal);
        Assert.Equal("wrong.conf", refused.Origin.Source);
        Assert.Equal(line ?? refused.Origin.Line, refused.Origin.Line);
    }
}
