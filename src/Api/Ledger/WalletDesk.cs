using System.Collections.Concurrent;
using System.Text;
using AkkaCrypto.Actors.Runtime;
using AkkaCrypto.Api.Auth;
using AkkaCrypto.Api.Errors;
using AkkaCrypto.Api.Hosting;
using AkkaCrypto.Contracts.Ledger;
using AkkaCrypto.Contracts.Settings;

namespace AkkaCrypto.Api.Ledger;

/// <summary>What a command is read from.</summary>
/// <param name="Wallet">The one of the path; none where one is made.</param>
public sealed record CommandRequest(HttpContext Context, Guid Wallet, CommandHeaders Headers, ReadOnlyMemory<byte> Body)
{
    public Caller Caller { get; } = Caller.Of(Context)!;

    public CancellationToken Aborted => Context.RequestAborted;

    /// <param name="below">What stands behind the wallet in the path, in one spelling.</param>
    public RequestKey Key(string below) => new(
        Caller.Tenant, Wallet == default ? "/wallets" : $"/wallets/{Wallet}{below}", Headers.Key, Digests.Of(Body.Span),
        Caller.Role == ApiRole.Admin);
}

/// <summary>A command as it was read, or why it couldn't be.</summary>
public readonly record struct ReadCommand(WalletRequest? Command, Problem? Problem)
{
    public static implicit operator ReadCommand(Problem problem) => new(null, problem);

    /// <param name="make">Used only where the body has no fault.</param>
    public static ReadCommand Of(CommandBody body, Func<WalletRequest> make) =>
        body.Faults.Count > 0 ? Problem.Invalid(body.Faults) : new ReadCommand(make(), null);
}

/// <summary>
/// Asks wallets, and gives their answers the form of HTTP. A second request under a key whose first is still under way waits for it, at
/// most <c>in-flight-wait</c>; as many wait as there may be requests at once.
/// </summary>
public sealed class WalletDesk(IShardRegion<LedgerCommand, LedgerReply> wallets, Func<LedgerSettings> settings, TimeProvider time)
{
    private readonly ConcurrentDictionary<Guid, Task> underway = new();

    /// <param name="context">Its wallet is <c>id</c> of the path, where that has one.</param>
    /// <param name="body">In UTF-8.</param>
    /// <param name="read">What is asked.</param>
    public async ValueTask<Answer> AnswerAsync(
        HttpContext context, ReadOnlyMemory<byte> body, Func<CommandRequest, ValueTask<ReadCommand>> read)
    {
        if (CommandHeaders.Read(context.Request.Headers, out var invalid) is not { } headers)
        {
            return invalid!;
        }

        if (!TryReadWallet(context, out var wallet))
        {
            return LedgerProblems.WalletNotFound;
        }

        var (command, problem) = await read(new(context, wallet, headers, body));
        return problem is not null ? problem : await AskAsync(context, command! with { IfVersion = headers.IfVersion });
    }

    /// <summary>What isn't the id of any wallet is as unknown as another.</summary>
    public static bool TryReadWallet(HttpContext context, out Guid wallet)
    {
        wallet = default;
        return !context.Request.RouteValues.TryGetValue("id", out var text)
            || (Guid.TryParseExact(text as string, "D", out wallet) && wallet != default);
    }

    private async Task<Answer> AskAsync(HttpContext context, WalletRequest command)
    {
        var key = command.Request.Digest;
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        if (!await EnterAsync(key, ended.Task, context.RequestAborted))
        {
            return LedgerProblems.InFlight;
        }

        try
        {
            return Answered(context, command, await wallets.AskAsync(command, context.RequestAborted));
        }
        finally
        {
            underway.TryRemove(key, out _);
            ended.SetResult();
        }
    }

    private async Task<bool> EnterAsync(Guid key, Task mine, CancellationToken cancellationToken)
    {
        var since = time.GetTimestamp();
        while (underway.GetOrAdd(key, mine) is var first && first != mine)
        {
            var left = settings().InFlightWait - time.GetElapsedTime(since);
            if (left <= TimeSpan.Zero)
            {
                return false;
            }

            try
            {
                await first.WaitAsync(left, time, cancellationToken);
            }
            catch (TimeoutException)
            {
                return false;
            }
        }

        return true;
    }

    private static Answer Answered(HttpContext context, WalletRequest command, Asked<LedgerReply> asked) => asked.Outcome switch
    {
        AskOutcome.Answered => Answered(context, command, asked.Reply!),
        AskOutcome.MailboxFull => LedgerProblems.MailboxFull,
        AskOutcome.DeadlinePassed => LedgerProblems.OutcomeUnknown,
        AskOutcome.Unavailable or AskOutcome.Stopping => LedgerProblems.Unavailable,
        AskOutcome.Failed => Problem.ForStatus(StatusCodes.Status500InternalServerError),
    };

    private static Answer Answered(HttpContext context, WalletRequest command, LedgerReply reply)
    {
        var headers = context.Response.Headers;
        if (reply.Code == LedgerCode.Underway)
        {
            headers.Location = $"/transfers/{command.OperationId}";
            return Answer.Of(
                Encoding.UTF8.GetBytes($$"""{"id":"{{command.OperationId}}","state":"pending"}"""), StatusCodes.Status202Accepted);
        }

        if (reply.Code != LedgerCode.Done)
        {
            return LedgerProblems.Of(reply.Code);
        }

        var answer = reply.Answer!;
        if (answer.Location is { } location)
        {
            headers.Location = location;
        }

        if (reply.Replayed)
        {
            headers["Idempotent-Replayed"] = "true";
        }

        return Answer.Of(Encoding.UTF8.GetBytes(answer.Body), answer.Status);
    }
}
