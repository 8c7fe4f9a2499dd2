namespace AkkaCrypto.Hocon.Tests;

/// <summary>HOCON.md section by section: a text and the JSON that it resolves to. Single quotes in the JSON stand for double
/// ones.</summary>
public sealed class SpecificationTests
{
    [Theory]
    [InlineData("", "{}")]
    [InlineData("# only a comment", "{}")]
    [InlineData("a=1 // one\n# two\nb=2#three", "{'a':1,'b':2}")]
    [InlineData("{a:1,}", "{'a':1}")]
    [InlineData("[1,2,]", "[1,2]")]
    [InlineData("[1\n,2\n\n3\n]", "[1,2,3]")]
    [InlineData("a\n:\n1", "{'a':1}")]
    [InlineData("a\n\n{ b = 1 }", "{'a':{'b':1}}")]
    [InlineData("a : 1\r\nb : x y\r\n", "{'a':1,'b':'x y'}")]
    [InlineData("\uFEFFa = 1", "{'a':1}")]
    [InlineData("a\u00A0=\u00A01", "{'a':1}")]
    [InlineData("{\"a\":[true,false,null,-1.5e+3,\"\\u00e9\\n\\/\"]}", "{'a':[true,false,null,-1500,'é\\n/']}")]
    public void Syntax(string hocon, string json) => Check(hocon, json);

    [Theory]
    [InlineData("a = \"\"\"x\"y\\n\n z\"\"\"", "{'a':'x\\'y\\\\n\\n z'}")]
    [InlineData("a = \"\"\"foo\"\"\"\"", "{'a':'foo\\''}")]
    [InlineData("a = \"\"\"\"\"\"", "{'a':''}")]
    [InlineData("a = \"\"\"one\ntwo\"\"\"\nb = 1", "{'a':'one\\ntwo','b':1}")]
    public void Multi_line_strings(string hocon, string json) => Check(hocon, json);

    [Theory]
    [InlineData("a = truefoo, b = footrue, c = 10.0bar, d = bar10.0, e = -x, f = 007",
        "{'a':'truefoo','b':'footrue','c':'10.0bar','d':'bar10.0','e':'-x','f':'007'}")]
    [InlineData("a = a/b/c.d_e-f (x) ; ~|%<>'", "{'a':'a/b/c.d_e-f (x) ; ~|%<>\\u0027'}")]
    [InlineData("a = x//y", "{'a':'x'}")]
    [InlineData("a = include, b = [include]", "{'a':'include','b':['include']}")]
    public void Unquoted_strings(string hocon, string json) => Check(hocon, json);

    [Theory]
    [InlineData("a =   foo   bar  baz  ", "{'a':'foo   bar  baz'}")]
    [InlineData("a = 1 2, b = 1e5 x, c = true null 3.0, d = \" x \" y", "{'a':'1 2','b':'1e5 x','c':'true null 3.0','d':' x  y'}")]
    [InlineData("n = 1.50, a = ${n}\" x\", b = ${n}", "{'n':1.5,'a':'1.50 x','b':1.5}")]
    [InlineData("a b c : 42", "{'a b c':42}")]
    [InlineData("[ 1 2 3 4 ]", "['1 2 3 4']")]
    [InlineData("[1\n2]", "[1,2]")]
    [InlineData("[ [1,2] [3,4] ]", "[[1,2,3,4]]")]
    [InlineData("[ [1,2]\n[3,4] ]", "[[1,2],[3,4]]")]
    [InlineData("a : {b:1} {c:2}", "{'a':{'b':1,'c':2}}")]
    [InlineData("a : [1] [2]\nb = ${a} [3], c = [0] ${a} ${b}", "{'a':[1,2],'b':[1,2,3],'c':[0,1,2,1,2,3]}")]
    [InlineData("g = { size = 6 }, e = ${g} { name = east }, w = { size = 1 } ${g}",
        "{'g':{'size':6},'e':{'size':6,'name':'east'},'w':{'size':6}}")]
    [InlineData("a = null x", "{'a':'null x'}")]
    public void Value_concatenation(string hocon, string json) => Check(hocon, json);

    [Theory]
    [InlineData("foo.bar.\"hello.world\" = 1", "{'foo':{'bar':{'hello.world':1}}}")]
    [InlineData("10.0foo = 1", "{'10':{'0foo':1}}")]
    [InlineData("foo10.0 = 1", "{'foo10':{'0':1}}")]
    [InlineData("foo\"10.0\" = 1", "{'foo10.0':1}")]
    [InlineData("1.2.3 = 1", "{'1':{'2':{'3':1}}}")]
    [InlineData("a.\"\".b = 1", "{'a':{'':{'b':1}}}")]
    [InlineData("true : 42, 3 : 1, 3.14 : 2", "{'true':42,'3':{'14':2}}")]
    [InlineData("a.x : 42, a.y : 43", "{'a':{'x':42,'y':43}}")]
    [InlineData("foo include : 42, \"include\" : 1, include.x = 2", "{'foo include':42,'include':{'x':2}}")]
    public void Paths_as_keys(string hocon, string json) => Check(hocon, json);

    [Theory]
    [InlineData("foo {a:1}, foo {b:2}", "{'foo':{'a':1,'b':2}}")]
    [InlineData("foo {a:1}, foo : null, foo {b:2}", "{'foo':{'b':2}}")]
    [InlineData("a : {x:1}, a : 42", "{'a':42}")]
    [InlineData("a : 42, a : {y:2}, a : {x:1}", "{'a':{'x':1,'y':2}}")]
    [InlineData("a {b {c:1, d:2}}, a.b.c = 3", "{'a':{'b':{'c':3,'d':2}}}")]
    public void Duplicate_keys(string hocon, string json) => Check(hocon, json);

    [Theory]
    [InlineData("a = ${b}, b = 1, b = 2", "{'a':2,'b':2}")]
    [InlineData("bar : { foo : 42, baz : ${bar.foo} }, bar : { foo : 43 }", "{'bar':{'foo':43,'baz':43}}")]
    [InlineData("bar : { a : ${foo.d}, b : 1 }, bar.b = 3, foo : { c : ${bar.b}, d : 2 }, foo.d = 4",
        "{'bar':{'a':4,'b':3},'foo':{'c':3,'d':4}}")]
    [InlineData("a = ${?x}, b = [1, ${?x}, 2], c = ${?x}foo, d = ${?x}[1], e = ${?x} {y:1}, f = ${?x}${?y}",
        "{'b':[1,2],'c':'foo','d':[1],'e':{'y':1}}")]
    [InlineData("a = 1, a = ${?x}", "{'a':1}")]
    [InlineData("a = null, b = ${a}, c = ${a} x", "{'a':null,'b':null,'c':'null x'}")]
    [InlineData("a = {\"0\":x, \"2\":z, no:1, \"10\":w}, b = [y] ${a}", "{'a':{'0':'x','2':'z','no':1,'10':'w'},'b':['y','x','z','w']}")]
    [InlineData("\"a.b\" = 1, a.b = 2, c = ${\"a.b\"}, d = ${a.b}, e = ${ a.b }", "{'a.b':1,'a':{'b':2},'c':1,'d':2,'e':2}")]
    public void Substitutions(string hocon, string json) => Check(hocon, json);

    [Theory]
    [InlineData("path : \"a:b:c\", path : ${path}\":d\"", "{'path':'a:b:c:d'}")]
    [InlineData("a = [1], a = ${a} [2], a = ${a} [3]", "{'a':[1,2,3]}")]
    [InlineData("a += 1, a += 2, a += [3], a += {b:4}", "{'a':[1,2,[3],{'b':4}]}")]
    [InlineData("x = [{a += 1, a += 2}]", "{'x':[{'a':[1,2]}]}")]
    [InlineData("o { list = [1] }, p = ${o} { list += 2 }, p.list += 3", "{'o':{'list':[1]},'p':{'list':[1,2,3]}}")]
    [InlineData("a { x += 1 }, a = ${a} { y = 2 }", "{'a':{'x':[1],'y':2}}")]
    [InlineData("d { x += 1 }, s = ${d}, s.x += 2", "{'d':{'x':[1]},'s':{'x':[1,2]}}")]
    [InlineData("foo : { a : 1 }, foo : ${foo}", "{'foo':{'a':1}}")]
    [InlineData("foo : ${?foo}", "{}")]
    [InlineData("foo : ${does-not-exist}, foo : 42, bar : ${bar}, bar : 1", "{'foo':42,'bar':1}")]
    [InlineData("foo : { a : { c : 1 } }, foo : ${foo.a}, foo : { a : 2 }", "{'foo':{'a':2,'c':1}}")]
    [InlineData("a = ${?a}foo", "{'a':'foo'}")]
    [InlineData("a = ${b} {c:1}, b = {d:2}, a.c = 3, a.d = 4", "{'a':{'d':4,'c':3},'b':{'d':2}}")]
    [InlineData("a : 1, b : 2, a : ${b}, b : ${a}", "{'a':1,'b':1}")]
    [InlineData("b { p = x }, b.p = ${b.p}y, a = ${b} { p = ${a.p}z }", "{'b':{'p':'xy'},'a':{'p':'xyz'}}")]
    [InlineData("a : { b : ${?a} }", "{'a':{}}")]
    [InlineData("a : [${?a}]", "{'a':[]}")]
    public void Self_references_look_back(string hocon, string json) => Check(hocon, json);

    [Fact]
    public void The_environment_answers_what_the_configuration_does_not()
    {
        var variables = Resolved.Variables(("HOME", "/h"), ("NOT", "x"), ("LIST_0", "a"), ("LIST_1", "b"), ("EMPTY", ""), ("N", "5"));

        var document = HoconDocument.Parse(
            "NOT = null\na = ${HOME}/x, b = ${NOT}, c = ${LIST[]}, d = ${?NONE[]}, e = ${EMPTY}, f = ${N}, g = ${?a.HOME}", "t", variables);

        Resolved.Same("""{"NOT":null,"a":"/h/x","b":null,"c":["a","b"],"e":"","f":"5"}""", document.Root);
        Assert.Equal("environment variable N", document.Object.Fields["f"].Origin.ToString());
    }

    [Fact]
    public void Every_value_knows_its_line_also_through_a_substitution()
    {
        var root = Resolved.Object("a = 1\nb {\n  c = ${a}\n  d = \"\"\"x\n\"\"\"\n  e = [\n    7 ]\n}\nf = ${a} y");

        Assert.Equal("test.conf:1", At("a"));
        Assert.Equal("test.conf:1", At("b.c"));
        Assert.Equal("test.conf:2", At("b"));
        Assert.Equal("test.conf:4", At("b.d"));
        Assert.Equal("test.conf:7", ((HoconArray)root.TryGetValue("b.e")).Items[0].Origin.ToString());
        Assert.Equal("test.conf:9", At("f"));

        string At(string path) => root.TryGetValue(path).Origin.ToString();
    }

    private static void Check(string hocon, string json) =>
        Resolved.Same(json.Replace("\\'", "\\u0022", StringComparison.Ordinal).Replace('\'', '"'), HoconDocument.Parse(hocon).Root);
}

internal static class Finding
{
    public static HoconValue TryGetValue(this HoconObject root, string path) =>
        root.TryGet(path, out var value) ? value : throw new Xunit.Sdk.XunitException($"nothing at {path}");
}
