namespace AkkaCrypto.Cli.Tests;

public sealed class CommandLineTests
{
    private readonly StringWriter output = new();
    private readonly StringWriter error = new();

    [Fact]
    public async Task Without_a_verb_the_verbs_are_listed_and_the_usage_is_wrong()
    {
        Assert.Equal(ExitCode.WrongUsage, await Run());
        Assert.Contains("config show  shows", error.ToString(), StringComparison.Ordinal);
        Assert.Empty(output.ToString());
    }

    [Theory]
    [InlineData("--help")]
    [InlineData("-h")]
    [InlineData("help")]
    public async Task Help_for_the_whole_is_done(string argument)
    {
        Assert.Equal(ExitCode.Done, await Run(argument));
        Assert.Contains("config show  shows", output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Help_for_a_verb_is_done_wherever_it_stands()
    {
        Assert.Equal(ExitCode.Done, await Run("config", "show", "--path", "--help"));
        Assert.Equal("how it shows\n", output.ToString());
    }

    [Fact]
    public async Task Help_for_a_group_lists_its_verbs()
    {
        Assert.Equal(ExitCode.Done, await Run("config", "--help"));
        Assert.Contains("config show  shows", output.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("config")]
    [InlineData("config shows")]
    [InlineData("nosuch verb")]
    public async Task An_unknown_verb_is_wrong_usage(string line)
    {
        Assert.Equal(ExitCode.WrongUsage, await Run(line.Split(' ')));
        Assert.StartsWith($"Unknown verb '{line}'.", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_verb_gets_what_stands_after_it_and_its_answer_is_the_exit_code()
    {
        Assert.Equal(7, await Run("config", "show", "a", "b"));
        Assert.Equal("a b", output.ToString());
    }

    [Fact]
    public async Task A_usage_fault_prints_the_verbs_help()
    {
        Assert.Equal(ExitCode.WrongUsage, await Run("config", "show", "wrong"));
        Assert.Equal("no such thing\n\nhow it shows\n", error.ToString());
    }

    [Theory]
    [InlineData("--a", "--a needs a value.")]
    [InlineData("--a 1 --a=2", "--a was given twice.")]
    [InlineData("--c 1", "Unknown argument '--c': expected --a, --b.")]
    public void Options_are_strict(string line, string message) =>
        Assert.Equal(message, Assert.Throws<UsageException>(() => Options.Parse(line.Split(' '), "--a", "--b")).Message);

    [Fact]
    public void Options_take_their_value_after_a_space_or_an_equals_sign()
    {
        var options = Options.Parse(["--a", "1", "--b=x=y"], "--a", "--b");

        Assert.Equal(("1", "x=y"), (options["--a"], options["--b"]));
    }

    private Task<int> Run(params string[] arguments)
    {
        var verb = new Verb("config show", "shows", "how it shows", async (rest, surroundings, _) =>
        {
            await surroundings.Out.WriteAsync(string.Join(' ', rest));
            return rest is ["wrong"] ? throw new UsageException("no such thing") : 7;
        });
        var surroundings = new Surroundings(output, error, new Dictionary<string, string>(StringComparer.Ordinal), "nowhere");
        return CommandLine.RunAsync([verb], arguments, surroundings, CancellationToken.None);
    }
}
