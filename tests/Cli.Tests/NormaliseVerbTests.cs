using System.Text;
using System.Text.Json;
using AkkaCrypto.Cli.Normalise;

namespace AkkaCrypto.Cli.Tests;

public sealed class NormaliseVerbTests : IDisposable
{
    private const string Trades =
        """{"result":"success","error_code":"0","quote_currency":"KRW","target_currency":"BTC","transactions":[{"id":"1","timestamp":1790134177835,"price":"420000.0","qty":1e-8,"is_seller_maker":true}]}""";

    private const string Trade =
        """{"kind":"trade","exchange":"coinone","pair":"btc-krw","trade_id":"1","price":"420000","quantity":"0.00000001","taker_side":"buy","time":"2026-09-23T03:29:37.835Z"}""";

    private readonly string folder = Directory.CreateTempSubdirectory("akkacrypto-cli-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task A_reply_on_standard_input_comes_out_as_lines()
    {
        var run = await Run(Trades, "--provider", "coinone", "--dataset", "trades");
        Assert.Equal(new Result(0, Trade + "\n", ""), run);
    }

    [Fact]
    public async Task A_reply_in_a_file_comes_out_as_lines()
    {
        var file = Path.Combine(folder, "reply.json");
        await File.WriteAllTextAsync(file, Trades);
        Assert.Equal(
            new Result(0, Trade + "\n", ""), await Run("", "--provider=coinone", "--dataset=trades", "--file=" + file, "--pair=btc-krw"));
    }

    [Fact]
    public async Task A_refusal_goes_to_standard_error_with_code_path_and_provider_code_and_the_rest_comes_out()
    {
        var broken = Trades.Replace(
            "[{", "[{\"id\":\"0\",\"timestamp\":1790134177835,\"price\":\"abc\",\"qty\":1},{", StringComparison.Ordinal);
        var run = await Run(broken, "--provider", "coinone", "--dataset", "trades");
        Assert.Equal((1, Trade + "\n"), (run.ExitCode, run.Out));
        Assert.Equal(("invalid_field", "$.transactions[0].price", null), Refusal(run.Error));

        var error = await Run("""{"result":"error","error_code":"108","error_msg":"Unknown CryptoCurrency"}""", "--provider", "coinone", "--dataset", "orderbook");
        Assert.Equal((1, ""), (error.ExitCode, error.Out));
        Assert.Equal(("not_found", null, "108"), Refusal(error.Error));
    }

    [Fact]
    public async Task Frames_are_read_a_line_at_a_time_and_a_refusal_names_its_line()
    {
        const string Data = """{"r":"DATA","c":"TRADE","d":{"qc":"KRW","tc":"BTC","i":"1","t":1790134177835,"p":"420000","q":"0.00000001","sm":true}}""";
        var frames = "{\"response_type\":\"CONNECTED\"}\r\n\n" + Data + "\nnot json\n{\"response_type\":\"PONG\"}\n" + Data;
        var run = await Run(frames, "--provider", "coinone", "--dataset", "ws");
        Assert.Equal((1, Trade + "\n" + Trade + "\n"), (run.ExitCode, run.Out));
        Assert.Equal(("malformed_json", null, null), Refusal(run.Error));
        using var refusal = JsonDocument.Parse(run.Error);
        Assert.Equal(4, refusal.RootElement.GetProperty("line").GetInt64());
    }

    [Theory]
    [InlineData("coinone", "ws", """{"response_type":"PONG"}""")]
    [InlineData("coinone", "markets", """{"result":"success","error_code":"0","markets":[]}""")]
    [InlineData("coingecko", "simple_price", """{"gecko_says":"(V3) To the Moon!"}""")]
    [InlineData("coingecko", "simple_price", """{"bitcoin":{}}""")]
    public async Task What_says_nothing_gives_no_line_and_exit_code_0(string provider, string dataset, string reply)
    {
        Assert.Equal(new Result(0, "", ""), await Run(reply, "--provider", provider, "--dataset", dataset));
    }

    [Theory]
    [InlineData("coingecko", "market_chart", """{"prices":[[1779027899041,1]]}""", "--asset")]
    [InlineData("coingecko", "coins_markets", """[{"id":"bitcoin","current_price":1}]""", "--currency")]
    [InlineData("coinone", "candles", """{"result":"success","chart":[]}""", "--pair")]
    [InlineData("cryptoquant", "onchain", """{"status":{"code":200},"result":{"window":"day","data":[]}}""", "--asset")]
    public async Task A_missing_context_is_exit_code_2_and_names_the_option(string provider, string dataset, string reply, string option)
    {
        var run = await Run(reply, "--provider", provider, "--dataset", dataset);
        Assert.Equal((2, ""), (run.ExitCode, run.Out));
        Assert.Contains("give " + option, run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_error_is_told_before_a_missing_context()
    {
        var run = await Run("""{"status":{"error_code":429,"error_message":"slow"}}""", "--provider", "coingecko", "--dataset", "market_chart");
        Assert.Equal(1, run.ExitCode);
        Assert.Equal(("rate_limited", null, "429"), Refusal(run.Error));
    }

    [Theory]
    [InlineData("--provider is missing")]
    [InlineData("expected one of binance, bithumb, ", "--provider", "nobody", "--dataset", "trades")]
    [InlineData("--dataset is missing", "--provider", "coinone")]
    [InlineData("coinone has trades, orderbook", "--provider", "coinone", "--dataset", "nothing")]
    [InlineData("--colour: expected one of", "--provider", "coinone", "--dataset", "trades", "--colour", "red")]
    [InlineData("reply.json: expected one of", "--provider", "coinone", "--dataset", "trades", "reply.json")]
    [InlineData("--pair: expected a value", "--provider", "coinone", "--dataset", "trades", "--pair")]
    [InlineData("--file: expected a value", "--provider", "coinone", "--dataset", "trades", "--file", "--pair", "btc-krw")]
    [InlineData("--pair BTC/KRW: expected lower-case tickers", "--provider", "coinone", "--dataset", "trades", "--pair", "BTC/KRW")]
    [InlineData("--currency USD: expected a lower-case ticker", "--provider", "coingecko", "--dataset", "ohlc", "--currency", "USD")]
    [InlineData("--dataset: given twice", "--dataset", "trades", "--dataset", "ws", "--provider", "coinone")]
    public async Task Wrong_usage_is_exit_code_2_with_what_was_expected(string expected, params string[] args)
    {
        var run = await Run(Trades, args);
        Assert.Equal((2, ""), (run.ExitCode, run.Out));
        Assert.Contains(expected, run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_cannot_be_read_is_exit_code_1()
    {
        var absent = await Run("", "--provider", "coinone", "--dataset", "trades", "--file", Path.Combine(folder, "absent.json"));
        Assert.Equal((1, ""), (absent.ExitCode, absent.Out));
        Assert.Contains("absent.json", absent.Error, StringComparison.Ordinal);
        Assert.Equal(1, (await Run("", "--provider", "coinone", "--dataset", "trades", "--file", folder)).ExitCode);
    }

    [Theory]
    [InlineData("trades")]
    [InlineData("ws")]
    public async Task An_input_past_the_bound_is_refused(string dataset)
    {
        await using var endless = new EndlessStream();
        var run = await Run(endless, "--provider", "coinone", "--dataset", dataset);
        Assert.Equal((1, ""), (run.ExitCode, run.Out));
        Assert.Contains("is longer than 67108864 bytes", run.Error, StringComparison.Ordinal);
        Assert.True(endless.Given < 3L * NormaliseVerb.MostBytes, $"{endless.Given} bytes were read");
    }

    [Fact]
    public async Task Rounded_numbers_are_told()
    {
        var run = await Run($$$"""{"bitcoin":{"usd":"1.{{{new string('3', 80)}}}"}}""", "--provider", "coingecko", "--dataset", "simple_price");
        Assert.Equal((0, "{\"rounded\":1}\n"), (run.ExitCode, run.Error));
        Assert.Contains("\"price\":\"1.333333333333333333333333333\"", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Values_beside_a_record_that_cannot_be_read_are_told_and_refuse_nothing()
    {
        const string Reply = """[{"id":"bitcoin","current_price":2,"total_supply":1e333,"roi":[]}]""";
        var run = await Run(Reply, "--provider", "coingecko", "--dataset", "coins_markets", "--currency", "usd");
        Assert.Equal((0, "{\"unread\":2}\n"), (run.ExitCode, run.Error));
        Assert.Contains("\"price\":\"2\"", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_gateways_page_is_an_error_with_its_number()
    {
        const string Page = "<html><head><title>429 Too Many Requests</title></head></html>";
        var run = await Run(Page, "--provider", "kraken", "--dataset", "trades");
        Assert.Equal((1, ""), (run.ExitCode, run.Out));
        Assert.Equal(("rate_limited", null, "429"), Refusal(run.Error));
    }

    [Fact]
    public async Task Help_is_exit_code_0()
    {
        var run = await Run("", "--help");
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Contains("--dataset D", run.Out, StringComparison.Ordinal);
    }

    private static (string?, string?, string?) Refusal(string line)
    {
        using var json = JsonDocument.Parse(line);
        var root = json.RootElement;
        Assert.NotEqual("", root.GetProperty("message").GetString());
        return (root.GetProperty("code").GetString(), root.GetProperty("path").GetString(), root.GetProperty("provider_code").GetString());
    }

    private static async Task<Result> Run(string input, params string[] args)
    {
        await using var stdin = new MemoryStream(Encoding.UTF8.GetBytes(input));
        return await Run(stdin, args);
    }

    private static async Task<Result> Run(Stream stdin, params string[] args)
    {
        await using var stdout = new MemoryStream();
        await using var stderr = new StringWriter { NewLine = "\n" };
        var exitCode = await NormaliseVerb.RunAsync(args, stdin, stdout, stderr, CancellationToken.None);
        return new Result(exitCode, Encoding.UTF8.GetString(stdout.ToArray()), stderr.ToString());
    }

    private sealed record Result(int ExitCode, string Out, string Error);

    /// <summary>A line without an end.</summary>
    private sealed class EndlessStream : Stream
    {
        public long Given { get; private set; }

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count)
        {
            buffer.AsSpan(offset, count).Fill((byte)'1');
            Given += count;
            return count;
        }

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
