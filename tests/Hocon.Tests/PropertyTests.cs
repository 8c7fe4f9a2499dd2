using System.Text.Json;
using System.Text.Json.Nodes;
using FsCheck;
using FsCheck.Fluent;

namespace AkkaCrypto.Hocon.Tests;

/// <summary>Generated texts. The seeds are fixed; a failure prints its case.</summary>
public sealed class PropertyTests
{
    private static readonly Config Config = Config.QuickThrowOnFailure.WithMaxTest(150).WithReplay(20_261_121UL, 7UL);

    private static readonly Gen<string> Text = Gen.Elements(
        "a", "B", " ", ".", "\"", "\\", "\n", "\t", "$", "{", "}", "[", "]", "é", "漢", "😀", "#", "//",
        "true", "1", "-", "include", "null", "\u0001")
        .ArrayOf().Select(string.Concat);

    private static readonly Gen<JsonNode?> Scalar = Gen.OneOf(
        Text.Select(text => (JsonNode?)text),
        Gen.Choose(int.MinValue, int.MaxValue).Select(number => (JsonNode?)number),
        Gen.Elements("0", "-0", "1e5", "1.50", "-2.5E-3", "12345678901234567890").Select(number => JsonNode.Parse(number)),
        Gen.Constant<JsonNode?>(null),
        Gen.Elements(true, false).Select(flag => (JsonNode?)flag));

    private static readonly Gen<string> Fragment = Gen.Elements(
        "a", "b", ".", " ", "\n", "=", ":", "+=", "{", "}", "[", "]", ",", "\"", "\"\"\"", "${", "${?", "${a}", "${?b}", "1",
        "-", "e", "#", "//", "\\",
        "include ", "\"x.conf\"", "required(", "file(", ")", "null", "\uFEFF", "\u0000", "$", "@",
        "a = ${b}\n", "b = ${a}\n", "a += 1\n", "a { b = ${a} }\n");

    [Fact]
    public void Any_json_object_is_hocon_and_means_the_same() =>
        Prop.ForAll(
            Tree(4).ArrayOf().Select(Object).ToArbitrary(),
            tree =>
            {
                Resolved.Same(tree.ToJsonString(), HoconDocument.Parse(tree.ToJsonString()).Root);
                Resolved.Same(tree.ToJsonString(),
                    HoconDocument.Parse(tree.ToJsonString(new JsonSerializerOptions { WriteIndented = true })).Root);
            }).Check(Config);

    [Fact]
    public void What_is_rendered_reads_back_the_same() =>
        Prop.ForAll(
            Tree(4).ArrayOf().Select(Object).ToArbitrary(),
            tree =>
            {
                var rendered = HoconJson.Render(HoconDocument.Parse(tree.ToJsonString()).Root);
                Assert.Equal(rendered, HoconJson.Render(HoconDocument.Parse(rendered).Root));
            }).Check(Config);

    [Fact]
    public void Any_path_reads_back_from_its_own_text() =>
        Prop.ForAll(
            Text.NonEmptyListOf().ToArbitrary(),
            elements => Assert.Equal(elements, HoconPath.Parse(new HoconPath([.. elements]).ToString()).Elements)).Check(Config);

    [Fact]
    public void Garbage_is_refused_with_a_line_and_nothing_else_is_thrown() =>
        Prop.ForAll(
            Fragment.ArrayOf().Select(string.Concat).ToArbitrary(),
            text =>
            {
                try
                {
                    HoconJson.Render(HoconDocument.Parse(text, "garbage").Root);
                }
                catch (HoconException refused)
                {
                    Assert.StartsWith("garbage:", refused.Message, StringComparison.Ordinal);
                    Assert.InRange(refused.Origin.Line, 1, text.Count(c => c == '\n') + 1);
                }
            }).Check(Config.WithMaxTest(2_000));

    [Fact]
    public void Garbage_bytes_of_a_file_throw_nothing_else_either()
    {
        using var folder = new Folder();
        Prop.ForAll(
            Gen.Choose(0, 255).Select(value => (byte)value).ArrayOf().ToArbitrary(),
            bytes =>
            {
                File.WriteAllBytes(folder["garbage.conf"], bytes);
                try
                {
                    HoconDocument.Load(folder["garbage.conf"]);
                }
                catch (HoconException refused)
                {
                    Assert.StartsWith(folder["garbage.conf"] + ":", refused.Message, StringComparison.Ordinal);
                }
            }).Check(Config);
    }

    private static Gen<JsonNode?> Tree(int depth) => depth == 0
        ? Scalar
        : Gen.OneOf(
            Scalar,
            Tree(depth - 1).ArrayOf(3).Select(items => (JsonNode?)new JsonArray([.. items.Select(item => item?.DeepClone())])),
            Tree(depth - 1).ArrayOf(3).Select(items => (JsonNode?)Object(items)));

    /// <summary>Keys of all sorts, made different by their number.</summary>
    private static JsonObject Object(JsonNode?[] values)
    {
        string[] kinds = ["plain", "with space ", "a.b", "", "\"", "include", "é$", "1"];
        return new JsonObject(values.Select((value, i) =>
            KeyValuePair.Create($"{kinds[i % kinds.Length]}{(i == 3 ? "" : i)}", value?.DeepClone())));
    }
}
