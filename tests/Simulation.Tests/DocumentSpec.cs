using System.Globalization;
using System.Text.Json;
using AkkaCrypto.TestKit;
using AkkaCrypto.TestKit.Servers;

namespace AkkaCrypto.Simulation.Tests;

/// <summary>
/// The service's documents against the service as a user starts it: linters find nothing, the collection in docs/postman is made from the
/// document and all its requests hold, and requests made from the document are answered as it says.
/// </summary>
public sealed class DocumentSpec(DocumentSpec.Demo demo) : IClassFixture<DocumentSpec.Demo>
{
    private const int Seed = 20_260_131;
    private const int Few = 2_000;
    private const int Many = 100_000;

    /// <summary>Two pages, each seconds of a processor's work.</summary>
    private static readonly TimeSpan BrowserBound = TimeSpan.FromMinutes(10);

    /// <summary>Set by whoever changed a route: the collection is then written anew instead of compared.</summary>
    private static readonly bool IsUpdating = Environment.GetEnvironmentVariable("AKKACRYPTO_UPDATE_DOCUMENTS") is not null;

    [NodeFact]
    public async Task The_OpenAPI_document_has_no_error_and_no_warning_in_spectral_and_redocly()
    {
        var document = await demo.SaveDocumentAsync();
        await File.WriteAllTextAsync(Path.Combine(demo.Folder, "spectral.yaml"), "extends: [\"spectral:oas\"]\n");
        var spectral = string.Join('\n', await NodeClients.RunAsync(
            "node_modules/@stoplight/spectral-cli/dist/index.js", "lint", document, "--ruleset",
            Path.Combine(demo.Folder, "spectral.yaml"), "--fail-severity", "hint"));
        Assert.Contains("No results with a severity of", spectral, StringComparison.Ordinal);
        var redocly = string.Join('\n', await NodeClients.RunAsync(
            "node_modules/@redocly/cli/bin/cli.js", "lint", document, "--extends", "recommended", "--format", "json"));
        using var report = JsonDocument.Parse(redocly[redocly.IndexOf('{', StringComparison.Ordinal)..]);
        Assert.True(
            report.RootElement.GetProperty("totals") is var totals && totals.GetProperty("errors").GetInt32() == 0
            && totals.GetProperty("warnings").GetInt32() == 0, redocly);
    }

    [NodeFact]
    public async Task The_Postman_collection_is_made_from_the_document_and_newman_finds_every_request_as_it_says()
    {
        var kept = Path.Combine(NodeFactAttribute.Clients!, "..", "..", "docs", "postman");
        var made = IsUpdating ? kept : Path.Combine(demo.Folder, "postman");
        await NodeClients.RunAsync("postman.mjs", demo.Address.ToString(), made);
        foreach (var file in (string[])["akkacrypto.postman_collection.json", "demo.postman_environment.json"])
        {
            Assert.True(
                await File.ReadAllTextAsync(Path.Combine(kept, file)) == await File.ReadAllTextAsync(Path.Combine(made, file)),
                $"docs/postman/{file} is not what the document makes now: run the tests with AKKACRYPTO_UPDATE_DOCUMENTS=1 and commit it");
        }

        await NodeClients.RunAsync(
            "node_modules/newman/bin/newman.js", "run", Path.Combine(kept, "akkacrypto.postman_collection.json"),
            "-e", Path.Combine(kept, "demo.postman_environment.json"),
            "--env-var", "base_url=" + demo.Address.ToString().TrimEnd('/'), "--reporters", "cli", "--color", "off", "--bail");
    }

    [BrowserFact]
    public Task The_pages_show_every_operation_try_one_with_a_key_and_ask_nobody_but_the_service() =>
        NodeClients.RunAsync(BrowserBound, "pages.mjs", demo.Address.ToString(), "demo-key", BrowserFactAttribute.Browser!, demo.Folder);

    [NodeFact]
    public Task Generated_requests_valid_mutated_and_hostile_get_what_the_document_says_and_never_5xx() => GenerateAsync(Few);

    [NodeFact]
    [Trait("Category", "Soak")]
    public Task A_hundred_thousand_generated_requests_get_what_the_document_says_and_never_5xx() => GenerateAsync(Many);

    private async Task GenerateAsync(int count)
    {
        var said = await NodeClients.RunAsync(
            TimeSpan.FromMinutes(count > Few ? 60 : 4), "generated.mjs", demo.Address.ToString(), "demo-pro-key", "demo-admin-key",
            count.ToString(CultureInfo.InvariantCulture), Seed.ToString(CultureInfo.InvariantCulture));
        Console.WriteLine(string.Join('\n', said));
    }

    /// <summary>One demo for all of them, ready.</summary>
    public sealed class Demo : IAsyncLifetime
    {
        private readonly TemporaryFolder _folder = new();
        private ServiceProcess? _service;

        public string Folder => _folder.Path;

        public Uri Address => _service!.Http.BaseAddress!;

        public async Task InitializeAsync()
        {
            // Invalid requests are counted for all who share an address: here one asks them all.
            _service = await ServiceProcess.StartAsync(Folder, "akkacrypto.quota.invalid-requests-per-minute = 1000000");
            await _service.WhenReadyAsync();
        }

        public async Task<string> SaveDocumentAsync()
        {
            var path = Path.Combine(Folder, "openapi.json");
            await File.WriteAllTextAsync(path, await _service!.Http.GetStringAsync(new Uri("/openapi/v1.json", UriKind.Relative)));
            return path;
        }

        public async Task DisposeAsync()
        {
            if (_service is not null)
            {
                await _service.DisposeAsync();
            }

            _folder.Dispose();
        }
    }
}
