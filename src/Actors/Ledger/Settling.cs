using System.Collections.Concurrent;
using AkkaCrypto.Actors.Runtime;
using AkkaCrypto.Contracts.Ledger;
using Microsoft.Extensions.Logging;

namespace AkkaCrypto.Actors.Ledger;

/// <summary>
/// Carries transfers between shards to their end. What comes next follows from the legs' durable states alone, so any number may carry the
/// same one, on any node, in any order, and come to the same end. All legs but the last are promised first; the last is delivered without a
/// promise, and that decides: then the promised ones are delivered, or, after any refusal, cancelled and the source is paid back.
/// </summary>
internal sealed class Settling(
    IShardRegion<LedgerCommand, LedgerReply> region, LedgerReader reader, StartedLegs started, TimeProvider time, ILogger log,
    CancellationToken stopping)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    private readonly ConcurrentDictionary<Guid, Task<LedgerCode>> underway = new();

    /// <summary>Carries a transfer that this command has just started.</summary>
    /// <returns><see cref="LedgerCode.Done"/>, or why it was undone.</returns>
    public Task<LedgerCode> StartedAsync(LedgerCommand command, Guid transfer, IReadOnlyList<TransferLeg> legs) =>
        Once(transfer, async () =>
        {
            started.Add(transfer, command.Wallet, command is RefundTo ? EntryKind.Refund : EntryKind.TransferIn, legs);
            try
            {
                return await CarryAsync(transfer, [.. legs.Select(leg => new LegProgress(leg.To, LegStatus.Pending, null))]);
            }
            finally
            {
                started.Forget(transfer, legs.Count);
            }
        });

    /// <summary>Carries a transfer on from where it is; one that has ended already is only read.</summary>
    /// <returns><see cref="LedgerCode.Done"/>, or why it was undone.</returns>
    public Task<LedgerCode> ResumeAsync(Guid transfer) =>
        Once(transfer, async () => await CarryAsync(transfer, await reader.ProgressAsync(transfer, stopping)));

    /// <summary>What follows from the legs' states; null: all is delivered.</summary>
    public static LedgerCommand? Next(Guid transfer, IReadOnlyList<LegProgress> legs, Func<LedgerCommand> undo)
    {
        LedgerCommand? First(LegStatus status, int count, Func<Guid, Guid, int, LedgerCommand> make)
        {
            var found = Enumerable.Range(0, count).Where(number => legs[number].Status == status).Cast<int?>().FirstOrDefault();
            return found is { } number ? make(legs[number].To, transfer, number) : null;
        }

        var last = legs.Count - 1;
        if (legs.Any(leg => leg.Status is LegStatus.Refused or LegStatus.Cancelled))
        {
            return First(LegStatus.Accepted, legs.Count, (to, id, leg) => new CancelLeg(to, id, leg)) ?? undo();
        }

        return legs[last].Status == LegStatus.Delivered
            ? First(LegStatus.Accepted, last, (to, id, leg) => new DeliverLeg(to, id, leg))
            : First(LegStatus.Pending, last, (to, id, leg) => new AcceptLeg(to, id, leg)) ?? new DeliverLeg(legs[last].To, transfer, last);
    }

    /// <summary>Why a transfer with these legs was undone.</summary>
    public static LedgerCode RefusalOf(IEnumerable<LegProgress> legs) =>
        legs.Select(leg => leg.Refusal).FirstOrDefault(refusal => refusal is not null) ?? LedgerCode.DestinationNotFound;

    private Task<LedgerCode> Once(Guid transfer, Func<Task<LedgerCode>> carry)
    {
        var mine = new TaskCompletionSource<LedgerCode>(TaskCreationOptions.RunContinuationsAsynchronously);
        var current = underway.GetOrAdd(transfer, mine.Task);
        if (current == mine.Task)
        {
            _ = CompleteAsync(transfer, mine, carry);
        }

        return current;
    }

    private async Task CompleteAsync(Guid transfer, TaskCompletionSource<LedgerCode> mine, Func<Task<LedgerCode>> carry)
    {
        try
        {
            mine.TrySetResult(await carry());
        }
        catch (OperationCanceledException)
        {
            mine.TrySetCanceled(stopping);
        }
        catch (Exception failure)
        {
            // The record is there: the recovery takes it up.
            log.LogWarning(failure, "Transfer {Transfer} is left for the next look at open transfers", transfer);
            mine.TrySetException(failure);
            _ = mine.Task.Exception; // seen here, should nobody wait for it
        }
        finally
        {
            underway.TryRemove(transfer, out _);
        }
    }

    private async Task<LedgerCode> CarryAsync(Guid transfer, LegProgress[] legs)
    {
        while (!Array.TrueForAll(legs, leg => leg.Status == LegStatus.Undone))
        {
            UndoTransfer? undo = null;
            var step = Next(transfer, legs, () => new UndoTransfer(Guid.Empty, transfer, Guid.Empty, null, null));
            if (step is null)
            {
                return LedgerCode.Done;
            }

            if (step is UndoTransfer)
            {
                step = undo = await reader.UndoAsync(transfer, stopping);
            }

            var reply = await TellAsync(step);
            if (undo is not null)
            {
                break;
            }

            var number = ((LegCommand)step).Leg;
            LedgerCode? refusal = reply.Code == LedgerCode.Done ? null : reply.Code;
            legs[number] = legs[number] with { Status = (LegStatus)reply.Leg!.Value, Refusal = refusal };
        }

        return RefusalOf(legs);
    }

    /// <summary>Until it is answered: a step may be repeated.</summary>
    private async Task<LedgerReply> TellAsync(LedgerCommand step)
    {
        while (true)
        {
            var asked = await region.AskAsync(step, stopping);
            if (asked.Outcome == AskOutcome.Answered)
            {
                return asked.Reply!;
            }

            if (asked.Outcome is AskOutcome.Failed or AskOutcome.Stopping or AskOutcome.Unavailable)
            {
                throw new InvalidOperationException($"{step.GetType().Name} came to {asked.Outcome}.");
            }

            await Task.Delay(Pause, time, stopping);
        }
    }
}

/// <summary>How far a leg is.</summary>
internal sealed record LegProgress(Guid To, LegStatus Status, LedgerCode? Refusal);
