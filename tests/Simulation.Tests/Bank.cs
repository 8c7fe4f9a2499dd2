using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using AkkaCrypto.Contracts.Ledger;
using AkkaCrypto.TestKit;

namespace AkkaCrypto.Simulation.Tests;

/// <summary>What a client knows of one of its requests in the end.</summary>
internal enum ToldAs
{
    /// <summary>It gave up before it had an answer.</summary>
    Unknown,

    /// <summary>201.</summary>
    Done,

    /// <summary>422: nothing may be there of it.</summary>
    Refused,
}

/// <summary>A request, what it should have done if it did anything, and what its client was told.</summary>
/// <param name="Kind">Of the wallet's entry, as the database numbers it.</param>
/// <param name="Amount">What the wallet's balance changes by, in minor units.</param>
/// <param name="Other">The wallet that gets it, where one does.</param>
internal sealed record Told(string Path, string Key, Guid Wallet, short Kind, long Amount, Guid? Other)
{
    public const short
        Opened = 0, Deposit = 1, Withdrawal = 2, TransferOut = 3, Hold = 5, Capture = 6, Void = 7, Refund = 9, Close = 12;

    public ToldAs As { get; set; }

    public bool HasEnded => As != ToldAs.Unknown;

    /// <summary>Whether it was sent again after a refusal.</summary>
    public bool IsAskedAgain { get; set; }

    /// <summary>The request's.</summary>
    public string? Sent { get; init; }

    /// <summary>The answer's.</summary>
    public string? Body { get; set; }

    /// <summary>Requests of the bank are the demo admin's, whose tenant is the demo.</summary>
    public Guid Operation => Digests.Of("demo", Path, Key);
}

/// <summary>
/// Wallets of a service that may be dead at any moment. The dollars only go round among them; the euros also come in and go out. Each
/// answer is looked at as it comes, and what is wrong with one stands in <see cref="Faults"/>.
/// </summary>
internal sealed class Bank(ServiceProcess service)
{
    private const long EachBegins = 1_000_00;
    private const int Dollars = 8;
    private const int Euros = 2;
    private const int Closed = 4;

    /// <summary>What a client may be told that does nothing wrong but ask for too much, or too late.</summary>
    private static readonly string[] Refusals =
        ["\"insufficient_funds\"", "\"hold_ended\"", "\"expiry_passed\"", "\"refund_too_large\"", DestinationClosed, UnknownDestination];

    private const string DestinationClosed = "\"destination_closed\"";
    private const string UnknownDestination = "\"unknown_destination\"";

    private static readonly TimeSpan LookAgainAfter = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan AnswerBound = TimeSpan.FromMinutes(4);

    private readonly ConcurrentQueue<Told> _told = new();
    private int _keys;
    private int _answered;
    private int _repeated;
    private int _askedAgain;
    private int _reads;

    /// <summary>The living service, or the one that died last.</summary>
    public ServiceProcess Service { get; set; } = service;

    /// <summary>A client that has waited so long for an answer asks again.</summary>
    public TimeSpan AnswerTimeout { get; init; } = TimeSpan.FromSeconds(30);

    public List<Guid> UsdWallets { get; } = [];

    public List<Guid> EurWallets { get; } = [];

    /// <summary>Wallets, most of other shards than the one who pays, that take nothing: closed ones, and one that isn't.</summary>
    public List<Guid> DeadWallets { get; } = [Digests.Of("demo", "/wallets", "nobody")];

    public ConcurrentQueue<string> Faults { get; } = new();

    public IReadOnlyCollection<Told> Told => _told;

    /// <summary>Requests that were answered with a success or a refusal.</summary>
    public int Answered => Volatile.Read(ref _answered);

    /// <summary>Requests that were sent again.</summary>
    public int Repeated => Volatile.Read(ref _repeated);

    /// <summary>Requests that were refused, asked again under their keys, and brought to an end again.</summary>
    public int AskedAgain => Volatile.Read(ref _askedAgain);

    /// <summary>Reads of totals and wallets that held.</summary>
    public int Reads => Volatile.Read(ref _reads);

    public static long DollarsInAll => Dollars * EachBegins;

    public static string Text(long minor) => string.Create(CultureInfo.InvariantCulture, $"{minor / 100}.{minor % 100:00}");

    public static long Minor(JsonElement answer, string name) =>
        (long)(decimal.Parse(answer.GetProperty(name).GetString()!, CultureInfo.InvariantCulture) * 100);

    public async Task OpenAsync()
    {
        for (var n = 0; n < Dollars + Euros; n++)
        {
            var (wallets, currency) = n < Dollars ? (UsdWallets, "USD") : (EurWallets, "EUR");
            var id = await CreateAsync(currency);
            await AskAsync(
                new($"/wallets/{id}/deposits", NewKey(), id, Simulation.Tests.Told.Deposit, EachBegins, null)
                {
                    Sent = Body(EachBegins, currency),
                },
                CancellationToken.None);
            wallets.Add(id);
        }

        for (var n = 0; n < Closed; n++)
        {
            var id = await CreateAsync("USD");
            await AskAsync(
                new($"/wallets/{id}/close", NewKey(), id, Simulation.Tests.Told.Close, 0, null) { Sent = "{}" }, CancellationToken.None);
            DeadWallets.Add(id);
        }
    }

    public void AssertFaultless() => Assert.True(Faults.IsEmpty, string.Join('\n', Faults.Take(5)));

    public string NewKey() => $"bank-{Interlocked.Increment(ref _keys)}";

    public static string Body(long amount, string currency) => $$"""{"amount":"{{Text(amount)}}","currency":"{{currency}}"}""";

    /// <summary>Sends the request with its key until it has an end, or the client gives up.</summary>
    /// <param name="patience">Cancelled: the client gives up after the next failure.</param>
    /// <returns>The answer of a success.</returns>
    public Task<JsonElement?> AskAsync(Told told, CancellationToken patience)
    {
        _told.Enqueue(told);
        return SendUntilEndedAsync(told, patience);
    }

    /// <summary>Sends a request that was refused once more with its key: it may succeed now, or be refused again.</summary>
    public async Task AskAgainAsync(Told told, CancellationToken patience)
    {
        (told.As, told.Body, told.IsAskedAgain) = (ToldAs.Unknown, null, true);
        await SendUntilEndedAsync(told, patience);
        if (told.HasEnded)
        {
            Interlocked.Increment(ref _askedAgain);
        }
    }

    /// <summary>Whether it was refused because of the one who should have got it: what it took is given back.</summary>
    public static bool IsForWhomItWas(Told told) => told is { As: ToldAs.Refused, Body: { } body }
        && (body.Contains(DestinationClosed, StringComparison.Ordinal) || body.Contains(UnknownDestination, StringComparison.Ordinal));

    private async Task<Guid> CreateAsync(string currency)
    {
        var key = NewKey();
        var id = Digests.Of("demo", "/wallets", key);
        await AskAsync(
            new("/wallets", key, id, Simulation.Tests.Told.Opened, 0, null) { Sent = $$"""{"currency":"{{currency}}"}""" },
            CancellationToken.None);
        return id;
    }

    private async Task<JsonElement?> SendUntilEndedAsync(Told told, CancellationToken patience)
    {
        var since = TimeProvider.System.GetTimestamp();
        while (await TryAsync(told) is var (status, text) && !told.HasEnded)
        {
            if (status is not (0 or 202 or 409 or 503))
            {
                Faults.Enqueue($"POST {told.Path} ({told.Key}) {told.Sent}: {status} {text}");
                return null;
            }

            if (patience.IsCancellationRequested)
            {
                return null;
            }

            if (TimeProvider.System.GetElapsedTime(since) > AnswerBound)
            {
                Faults.Enqueue($"POST {told.Path} ({told.Key}) had no end within {AnswerBound}: {status} {text}");
                return null;
            }

            Interlocked.Increment(ref _repeated);
            await Eventually.AfterAsync(LookAgainAfter);
        }

        Interlocked.Increment(ref _answered);
        return told.As == ToldAs.Done ? Checked(told, told.Body!) : null;
    }

    /// <summary>A GET of what must hold at every moment; null: no answer.</summary>
    public async Task<JsonElement?> ReadAsync(string path)
    {
        try
        {
            using var response = await Service.Http.GetAsync(path);
            var text = await response.Content.ReadAsStringAsync();
            if (response.StatusCode == HttpStatusCode.ServiceUnavailable)
            {
                return null;
            }

            if (response.StatusCode != HttpStatusCode.OK)
            {
                Faults.Enqueue($"GET {path}: {(int)response.StatusCode} {text}");
                return null;
            }

            using var document = JsonDocument.Parse(text);
            return document.RootElement.Clone();
        }
        catch (Exception exception) when (IsDeath(exception))
        {
            return null;
        }
    }

    /// <summary>The whole at one moment, and one wallet.</summary>
    public async Task LookAsync(Random random)
    {
        var currency = random.Next(3) == 0 ? "EUR" : "USD";
        if (await ReadAsync($"/admin/ledger/totals?currency={currency}") is { } totals)
        {
            var inside = Minor(totals, "balances") + Minor(totals, "in_transit");
            if (inside + Minor(totals, "external") != 0 || (currency == "USD" && inside != DollarsInAll))
            {
                Faults.Enqueue($"The totals of {currency} are {totals}");
            }

            Interlocked.Increment(ref _reads);
        }

        var id = UsdWallets[random.Next(UsdWallets.Count)];
        if (await ReadAsync($"/wallets/{id}") is { } wallet)
        {
            AssertCovered(wallet);
            Interlocked.Increment(ref _reads);
        }
    }

    /// <summary>Sends it once more, as a client that has lost the answer does.</summary>
    public async Task<bool> IsRepeatedAlikeAsync(Told told)
    {
        using var response = await SendAsync(told);
        return response.StatusCode == HttpStatusCode.Created && response.Headers.Contains("Idempotent-Replayed")
            && await response.Content.ReadAsStringAsync() == told.Body;
    }

    private async Task<(int Status, string Text)> TryAsync(Told told)
    {
        try
        {
            using var response = await SendAsync(told);
            var (status, text) = ((int)response.StatusCode, await response.Content.ReadAsStringAsync());
            if (status == 201 || (status == 422 && IsRefusal(told, text)))
            {
                (told.As, told.Body) = (status == 201 ? ToldAs.Done : ToldAs.Refused, text);
            }

            return (status, text);
        }
        catch (Exception exception) when (IsDeath(exception))
        {
            return (0, exception.Message);
        }
    }

    /// <summary>Of a hold that has come back from a capture in part less may be there than an earlier request was for.</summary>
    private static bool IsRefusal(Told told, string text) =>
        Array.Exists(Refusals, code => text.Contains(code, StringComparison.Ordinal))
        || (told is { IsAskedAgain: true, Kind: Simulation.Tests.Told.Capture }
            && text.Contains("\"capture_too_large\"", StringComparison.Ordinal));

    private async Task<HttpResponseMessage> SendAsync(Told told)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, told.Path);
        request.Headers.Add("X-Idempotency-Key", told.Key);
        request.Content = told.Sent is null ? null : new StringContent(told.Sent, Encoding.UTF8, "application/json");
        using var late = new CancellationTokenSource(AnswerTimeout);
        return await Service.Http.SendAsync(request, late.Token);
    }

    /// <summary>The service was killed under the request: that is what this is for.</summary>
    private static bool IsDeath(Exception exception) =>
        exception is HttpRequestException or OperationCanceledException or ObjectDisposedException or IOException;

    private JsonElement Checked(Told told, string text)
    {
        using var document = JsonDocument.Parse(text);
        var answer = document.RootElement.Clone();
        AssertCovered(answer);
        if (answer.GetProperty("id").GetGuid() != told.Operation)
        {
            Faults.Enqueue($"POST {told.Path} ({told.Key}) has another id than its key's: {text}");
        }

        return answer;
    }

    private void AssertCovered(JsonElement wallet)
    {
        var (balance, held, available) = (Minor(wallet, "balance"), Minor(wallet, "held"), Minor(wallet, "available"));
        if (balance < 0 || held < 0 || available < 0 || balance - held != available)
        {
            Faults.Enqueue($"A wallet is {wallet}");
        }
    }
}
