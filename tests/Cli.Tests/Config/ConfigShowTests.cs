using System.Text.Json.Nodes;
using AkkaCrypto.Cli.Config;

namespace AkkaCrypto.Cli.Tests.Config;

public sealed class ConfigShowTests : IDisposable
{
    private readonly StringWriter output = new();
    private readonly StringWriter error = new();
    private readonly Dictionary<string, string> environment = new(StringComparer.Ordinal);
    private readonly string folder = Directory.CreateTempSubdirectory("config-show-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [InlineData("demo")]
    [InlineData("live")]
    [InlineData("env")]
    public async Task A_profile_is_printed_as_json_and_nothing_else(string profile)
    {
        Assert.Equal(ExitCode.Done, await Run("--profile", profile));

        Assert.Equal(profile, (string?)JsonNode.Parse(output.ToString())!["akkacrypto"]!["profile"]);
        Assert.Empty(error.ToString());
    }

    [Fact]
    public async Task The_demo_profile_is_the_default_and_its_secrets_are_masked()
    {
        environment["Redis__State"] = "localhost,password=hush";
        environment["AKKACRYPTO_ADMIN_KEY"] = "hush";

        Assert.Equal(ExitCode.Done, await Run("--path", "akkacrypto"));

        var tree = JsonNode.Parse(output.ToString())!;
        Assert.Equal("***", (string?)tree["auth"]!["api-keys"]![0]!["key"]);
        Assert.Equal("***", (string?)tree["auth"]!["admin-key"]);
        Assert.Equal("***", (string?)tree["redis"]!["state"]);
        Assert.Null(tree["postgres"]!["connection-string"]);
        Assert.True((bool)tree["feeds"]!["cryptoquant"]!["needs-api-key"]!);
        Assert.DoesNotContain("hush", output.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("demo-key", output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_config_file_and_the_environment_lie_over_the_profile()
    {
        environment["AKKACRYPTO__STREAMS__TRADES__BATCH_SIZE"] = "12";
        var site = Write("akkacrypto.stream-defaults.batch-size = 11");

        Assert.Equal(ExitCode.Done, await Run("--config", site, "--path", "akkacrypto.streams"));

        var streams = JsonNode.Parse(output.ToString())!;
        Assert.Equal((12, 11), ((int)streams["trades"]!["batch-size"]!, (int)streams["charts"]!["batch-size"]!));
    }

    [Fact]
    public async Task Settings_that_do_not_hold_are_all_named_and_nothing_is_printed()
    {
        var site = Write("akkacrypto.http.port = 99999\nakkacrypto.htp.port = 1");

        Assert.Equal(ExitCode.Failed, await Run("--config", site));

        Assert.Empty(output.ToString());
        Assert.Contains($"akkacrypto.http.port: found 99999, expected a whole number from 0 to 65535 ({site}:1)",
            error.ToString(), StringComparison.Ordinal);
        Assert.Contains($"akkacrypto.htp: found an unknown setting, expected http: did you mean that? ({site}:2)",
            error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_alone_is_resolved_without_schema_and_without_masks()
    {
        environment["FROM"] = "outside";
        var file = Write("a = ${FROM}\nb.key = hush\nc = 1.50");

        Assert.Equal(ExitCode.Done, await Run("--file", file));
        Assert.Equal("{\n  \"a\": \"outside\",\n  \"b\": {\n    \"key\": \"hush\"\n  },\n  \"c\": 1.50\n}\n", output.ToString());
    }

    [Fact]
    public async Task What_cannot_be_resolved_fails_with_file_and_line()
    {
        var file = Write("a = 1\nb = ${none}");

        Assert.Equal(ExitCode.Failed, await Run("--file", file));
        Assert.Empty(output.ToString());
        Assert.StartsWith($"{file}:2: ${{none}} has no value", error.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--path", "akkacrypto.none", ExitCode.Failed, "found nothing at akkacrypto.none")]
    [InlineData("--path", "a..b", ExitCode.WrongUsage, "empty element")]
    [InlineData("--profile", "nosuch", ExitCode.Failed, "expected one of demo, env, live")]
    [InlineData("--config", "/no/such/file.conf", ExitCode.Failed, "no such file")]
    public async Task A_wrong_argument_is_refused(string option, string value, int exit, string words)
    {
        Assert.Equal(exit, await Run(option, value));
        Assert.Contains(words, error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_alone_with_a_profile_is_wrong_usage()
    {
        Assert.Equal(ExitCode.WrongUsage, await Run("--file", "x.conf", "--profile", "demo"));
    }

    private string Write(string text)
    {
        var file = Path.Combine(folder, "site.conf");
        File.WriteAllText(file, text);
        return file;
    }

    private Task<int> Run(params string[] arguments)
    {
        var surroundings = new Surroundings(output, error, environment, Path.Combine(AppContext.BaseDirectory, "hocon"));
        return CommandLine.RunAsync([ConfigShow.Verb], ["config", "show", .. arguments], surroundings, CancellationToken.None);
    }
}
