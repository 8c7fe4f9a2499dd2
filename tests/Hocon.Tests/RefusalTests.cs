namespace AkkaCrypto.Hocon.Tests;

/// <summary>What is refused, with its line and the words that say what was found and expected.</summary>
public sealed class RefusalTests
{
    [Theory]
    [InlineData("a = 1\nb = }", 2, "found '}', expected a value")]
    [InlineData("a = 1\n{", 2, "found '{', expected a key")]
    [InlineData("{ a = 1\n\n", 3, "expected '}' for the '{' of line 1")]
    [InlineData("a = [1,\n2", 2, "expected ']' for the '[' of line 1")]
    [InlineData("a = 1,\n,b = 2", 2, "found ',', expected a key")]
    [InlineData("[1,,2]", 1, "found ',', expected a value")]
    [InlineData("a = 1 }", 1, "found '}'")]
    [InlineData("{a=1}\nx", 2, "expected the end of the text after the root value")]
    [InlineData("a", 1, "found the end of the text, expected ':', '=', '+=' or '{' after the key a")]
    [InlineData("a..b = 1", 1, "empty element")]
    [InlineData(".a = 1", 1, "empty element")]
    [InlineData("a. = 1", 1, "empty element")]
    [InlineData("${a} = 1", 1, "found '${', expected a key")]
    [InlineData("a = ${}", 1, "expected a path after '${'")]
    [InlineData("a = ${b${c}}", 1, "expected '}' after ${b")]
    [InlineData("a = ${b\n}", 1, "found the end of the line, expected '}' after ${b")]
    [InlineData("a = $b", 1, "found '$', which is reserved")]
    [InlineData("a = x@y", 1, "found '@', which is reserved")]
    [InlineData("a = \"x\ny\"", 1, "control character U+000A")]
    [InlineData("a = \"x", 1, "end of the text within a quoted string")]
    [InlineData("a = \"\"\"x", 1, "triple-quoted")]
    [InlineData("a = \"\\x\"", 1, "unknown escape")]
    [InlineData("a = \"\\u12\"", 1, "without four hexadecimal digits")]
    [InlineData("a = \"\\ud800\"", 1, "surrogate pair")]
    [InlineData("a = [1] x", 1, "found a text beside a list")]
    [InlineData("a = {} 1", 1, "found a number beside an object")]
    [InlineData("b = x\na = ${b} [1]", 2, "found a text beside a list")]
    [InlineData("b = {c:1}\na = ${b} x", 2, "found a text beside an object")]
    [InlineData("a = 1\na += 2", 2, "found a number beside a list")]
    [InlineData("a = 1\nb = ${c.d}", 2, "${c.d} has no value: nothing sets c.d")]
    [InlineData("a = 1\nfoo = ${foo}", 2, "${foo} is a cycle with nothing set before it: foo → foo")]
    [InlineData("bar = ${foo}\nfoo = ${bar}", 2, "bar → foo → bar")]
    [InlineData("a = ${b}\nb = ${c}\nc = ${a}", 3, "a → b → c → a")]
    [InlineData("a = 1\nb { c = ${b} }", 2, "the value contains itself: b → b.c → b")]
    [InlineData("a = [${a}]", 1, "the value contains itself: a → a.0 → a")]
    [InlineData("include x", 1, "a quoted name")]
    [InlineData("include = 1", 1, "a quoted name")]
    [InlineData("include files(\"x\")", 1, "found 'files('")]
    [InlineData("include file(\"x\"", 1, "after the name of the include")]
    [InlineData("\n\ninclude url(\"http://x/y.conf\")", 3, "read from files only")]
    [InlineData("include \"https://x/y.conf\"", 1, "read from files only")]
    [InlineData("\ninclude required(\"none.conf\")", 2, "the required file \"none.conf\" does not exist")]
    public void A_wrong_text_names_its_line_and_what_was_expected(string hocon, int line, string words)
    {
        var refused = Assert.Throws<HoconException>(() => HoconDocument.Parse(hocon, "wrong.conf"));

        Assert.StartsWith($"wrong.conf:{line}: ", refused.Message, StringComparison.Ordinal);
        Assert.Contains(words, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Bytes_that_are_not_utf8_are_refused_with_their_line()
    {
        using var folder = new Folder();
        File.WriteAllBytes(folder["bad.conf"], [.. "a = 1\nb = "u8, 0xff, .. "\n"u8]);

        var refused = Assert.Throws<HoconException>(() => HoconDocument.Load(folder["bad.conf"]));

        Assert.Equal($"{folder["bad.conf"]}:2: found bytes that are not UTF-8, expected UTF-8 text", refused.Message);
    }

    [Fact]
    public void A_file_that_is_missing_or_is_a_folder_is_refused()
    {
        using var folder = new Folder();

        Assert.Contains("no such file",
            Assert.Throws<HoconException>(() => HoconDocument.Load(folder["none"])).Message, StringComparison.Ordinal);
        Assert.Contains(
            "can't be read", Assert.Throws<HoconException>(() => HoconDocument.Load(folder.Path)).Message, StringComparison.Ordinal);
    }
}
