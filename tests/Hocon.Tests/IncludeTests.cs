namespace AkkaCrypto.Hocon.Tests;

public sealed class IncludeTests : IDisposable
{
    private readonly Folder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void An_include_stands_for_the_fields_of_its_file()
    {
        folder.Write("sub/part.conf", "x = 1, y { a = 1, b = 2 }");

        Same("x = 0, include \"sub/part.conf\", y.b = 3", """{"x":1,"y":{"a":1,"b":3}}""");
        Same("o { include file(\"sub/part.conf\") }", """{"o":{"x":1,"y":{"a":1,"b":2}}}""");
        Same("include\n  required( classpath( \"/sub/part.conf\" ) ) # why\nz=1", """{"x":1,"y":{"a":1,"b":2},"z":1}""");
        Same("[{ include \"sub/part\" }]", """[{"x":1,"y":{"a":1,"b":2}}]""");
    }

    [Fact]
    public void A_missing_file_is_empty()
    {
        Same("a = 1\ninclude \"none\"\ninclude file(\"none.conf\"), b = 2", """{"a":1,"b":2}""");
    }

    [Fact]
    public void Names_are_relative_to_the_file_that_includes()
    {
        folder.Write("deep/one.conf", "include \"two.conf\"");
        folder.Write("deep/two.conf", "from = deep");
        folder.Write("two.conf", "from = top");

        Same("include \"deep/one.conf\"", """{"from":"deep"}""");
        Same($"include \"{folder["two.conf"]}\"", """{"from":"top"}""");
    }

    [Fact]
    public void A_name_without_extension_is_properties_then_json_then_conf()
    {
        folder.Write("all.properties", "# note\n! note\na.b = from \\\n  properties\\u0021\nc:1\na=lost\nempty");
        folder.Write("all.json", """{ "c": 2, "d": 2 }""");
        folder.Write("all.conf", "d = 3");

        Same("include \"all\"", """{"a":{"b":"from properties!"},"c":2,"d":3,"empty":""}""");
    }

    [Fact]
    public void Substitutions_of_an_included_file_point_into_the_place_of_the_include_first()
    {
        folder.Write("foo.conf", "x = 10, y = ${x}, z = ${top}, v = ${?AKKA_TEST_VARIABLE}");

        Same("a { include \"foo.conf\" }, a { x = 42 }, top = t", """{"a":{"x":42,"y":42,"z":"t","v":"e"},"top":"t"}""");
    }

    [Fact]
    public void A_nested_include_looks_outward_place_by_place()
    {
        folder.Write("outer.conf", "m = 1, inner { include \"inner.conf\" }");
        folder.Write("inner.conf", "p = ${m}, q = ${n}, r += 1, r += 2");

        Same("o { include \"outer.conf\" }, n = 2, m = 0", """{"o":{"m":1,"inner":{"p":1,"q":2,"r":[1,2]}},"n":2,"m":0}""");
    }

    [Fact]
    public void A_substitution_in_a_file_included_within_a_list_is_refused()
    {
        folder.Write("foo.conf", "\nx = ${y}");

        Assert.Equal($"{folder["foo.conf"]}:2", Refused("[{ include \"foo.conf\" }]").Origin.ToString());
    }

    [Fact]
    public void A_cycle_of_includes_is_refused_with_its_chain()
    {
        folder.Write("one.conf", "a = 1\ninclude \"two.conf\"");
        folder.Write("two.conf", "include \"one.conf\"");

        var refused = Refused("include \"one.conf\"");

        Assert.Equal($"{folder["two.conf"]}:1", refused.Origin.ToString());
        Assert.EndsWith($"found an include cycle: {folder["one.conf"]} → {folder["two.conf"]} → {folder["one.conf"]}",
            refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_included_list_is_refused()
    {
        folder.Write("list.conf", "[1]");

        Assert.Contains("found a list as the root", Refused("include \"list.conf\"").Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_fault_within_an_included_file_names_that_file()
    {
        folder.Write("part.conf", "x = 1\ny = ]");

        Assert.StartsWith($"{folder["part.conf"]}:2: found ']'", Refused("include \"part.conf\"").Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_document_names_every_file_that_was_read_or_looked_for()
    {
        folder.Write("part.conf", "include \"none.conf\"");
        var main = folder.Write("main.conf", "include \"part.conf\"");

        Assert.Equal([main, folder["part.conf"], folder["none.conf"]], HoconDocument.Load(main).Files);
    }

    private void Same(string hocon, string json) =>
        Resolved.Same(json, HoconDocument.Parse(hocon, "main.conf", Resolved.Variables(("AKKA_TEST_VARIABLE", "e")), folder.Path).Root);

    private HoconException Refused(string hocon) =>
        Assert.Throws<HoconException>(() => HoconDocument.Parse(hocon, "main.conf", null, folder.Path));
}
