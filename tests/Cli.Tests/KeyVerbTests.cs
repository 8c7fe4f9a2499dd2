using System.Text.Json;
using AkkaCrypto.Cli.Keys;
using AkkaCrypto.TestKit.Servers;
using Npgsql;

namespace AkkaCrypto.Cli.Tests;

/// <summary>The verbs of keys against the database of a service that doesn't run.</summary>
[Collection(ServerFixture.Collection)]
public sealed class KeyVerbTests(ServerFixture servers) : IDisposable
{
    private static readonly Verb[] Verbs = [KeyVerbs.Create, KeyVerbs.List, KeyVerbs.Update, KeyVerbs.Rotate, KeyVerbs.Revoke];

    private readonly TemporaryFolder _folder = new();
    private readonly Dictionary<string, string> _environment = new(StringComparer.Ordinal);
    private readonly StringWriter _out = new();
    private readonly StringWriter _error = new();

    public void Dispose()
    {
        _out.Dispose();
        _error.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task The_first_key_is_made_offline_listed_without_its_secret_changed_rotated_and_revoked()
    {
        await PrepareAsync("a pepper of the tests, long enough to be one");

        var made = (await RunAsync(ExitCode.Done, "create --name first --tenant acme --tier free --role admin --scopes admin"))[0];
        var (id, key) = (made.GetProperty("id").GetString()!, made.GetProperty("key").GetString()!);
        Assert.StartsWith("ak_env_", key, StringComparison.Ordinal);
        var listed = Assert.Single(await RunAsync(ExitCode.Done, "list --tenant acme"));
        Assert.False(listed.TryGetProperty("key", out _));
        Assert.Empty(await RunAsync(ExitCode.Done, "list --tenant nobody"));

        var changed = (await RunAsync(ExitCode.Done, $"update {id} --name second --tier pro --scopes all --expires-at 2099-01-31"))[0];
        Assert.Equal(("second", "pro", 0, "2099-01-31T00:00:00Z"), (
            changed.GetProperty("name").GetString(), changed.GetProperty("tier").GetString(),
            changed.GetProperty("scopes").GetArrayLength(), changed.GetProperty("expires_at").GetString()));
        changed = (await RunAsync(ExitCode.Done, $"update {id} --expires-at never"))[0];
        Assert.Equal(("second", null), (changed.GetProperty("name").GetString(), changed.GetProperty("expires_at").GetString()));
        Assert.False(changed.TryGetProperty("key", out _));

        var rotated = (await RunAsync(ExitCode.Done, $"rotate {id} --overlap 0"))[0];
        Assert.NotEqual(key, rotated.GetProperty("key").GetString());
        Assert.Equal("revoked", (await RunAsync(ExitCode.Done, $"revoke {id}"))[0].GetProperty("state").GetString());
        await RunAsync(ExitCode.Failed, $"rotate {id}");
        await RunAsync(ExitCode.Failed, $"update {id} --name third");
        Assert.Contains("revoked", _error.ToString(), StringComparison.Ordinal);

        await using var database = NpgsqlDataSource.Create(_environment["Postgres__ConnectionString"]);
        await using var audit = database.CreateCommand("SELECT string_agg(act || ' by ' || actor, ', ' ORDER BY audit_id) FROM ops.audit");
        var me = "cli:" + Environment.UserName;
        Assert.Equal(
            $"keys.create by {me}, keys.update by {me}, keys.update by {me}, keys.rotate by {me}, keys.revoke by {me}",
            await audit.ExecuteScalarAsync());
    }

    [Theory]
    [InlineData("create --name a --tenant b --tier gold", "tier must be one of")]
    [InlineData("create --name a --tier free", "--tenant is missing")]
    [InlineData("create --name a --tenant b --tier free --role root", "expected user or admin")]
    [InlineData("create --name a --tenant b --tier free --scopes admin", "scopes each must be one of")]
    [InlineData("create --name a --tenant b --tier free --expires-at tomorrow", "expected ISO 8601")]
    [InlineData("update --tier pro", "Which key?")]
    [InlineData("update key_1", "What is to change?")]
    [InlineData("update key_1 --expires-at soon", "expected ISO 8601")]
    [InlineData("rotate", "Which key?")]
    [InlineData("rotate key_1 --overlap -5", "expected a whole number")]
    [InlineData("revoke --data x", "Which key?")]
    public async Task A_wrong_usage_is_told(string line, string message)
    {
        await PrepareAsync("a pepper of the tests, long enough to be one");
        await RunAsync(ExitCode.WrongUsage, line);
        Assert.Contains(message, _error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unknown_id_and_a_missing_pepper_are_failures_with_their_reason()
    {
        await PrepareAsync(pepper: null);
        await RunAsync(ExitCode.Failed, "revoke key_nobody");
        await RunAsync(ExitCode.Failed, "update key_nobody --tier pro");
        Assert.Contains("no key of that id", _error.ToString(), StringComparison.Ordinal);
        await RunAsync(ExitCode.Failed, "create --name a --tenant b --tier free");
        Assert.Contains("AKKACRYPTO_KEY_PEPPER", _error.ToString(), StringComparison.Ordinal);
    }

    private async Task PrepareAsync(string? pepper)
    {
        var redis = await servers.NewRedisStateAsync();
        _environment["Postgres__ConnectionString"] = await servers.NewDatabaseAsync();
        (_environment["Redis__State"], _environment["Redis__Cache"]) = (redis, redis);
        if (pepper is not null)
        {
            _environment["AKKACRYPTO_KEY_PEPPER"] = pepper;
        }
    }

    private async Task<List<JsonElement>> RunAsync(int exit, string line)
    {
        _out.GetStringBuilder().Clear();
        _error.GetStringBuilder().Clear();
        var surroundings = new Surroundings(_out, _error, _environment, Path.Combine(AppContext.BaseDirectory, "hocon"));
        var found = await CommandLine.RunAsync(
            Verbs, ["keys", .. line.Split(' '), "--profile", "env", "--data", _folder.Path], surroundings, CancellationToken.None);
        Assert.True(exit == found, $"{line}: {found} {_out} {_error}");
        return [.. _out.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(text => JsonDocument.Parse(text).RootElement)];
    }
}
