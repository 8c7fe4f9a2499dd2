using System.Runtime.InteropServices;
using AkkaCrypto.Pipeline.Ops;
using AkkaCrypto.Storage.Postgres;
using Npgsql;
using NpgsqlTypes;

namespace AkkaCrypto.Pipeline.Market;

/// <summary>Minutes of a pair, both ends inclusive, that trades were written into.</summary>
internal readonly record struct TouchedRun(PairNumbers Numbers, int From, int To);

/// <summary>
/// The record of the minutes that a batch of trades touched, written in the batch's own transaction: what is committed is recomputed, also
/// after a kill, and shown to who follows the pair (<see cref="CommitLog"/>). A batch is a few rows, for neighbouring minutes are one.
/// </summary>
internal static class TouchedMinutes
{
    /// <summary>So that the work of one recomputing is bounded by the number of its runs.</summary>
    public const int LongestRun = 60;

    private const string Touch = """
        WITH touched AS (
            INSERT INTO market.touched_minutes (exchange_id, currency_pair_no, from_minute, to_minute)
            SELECT * FROM unnest($1, $2, $3, $4) RETURNING *)
        INSERT INTO market.unplaced_commits (xid, exchange_id, currency_pair_no, from_minute, to_minute)
        SELECT pg_current_xact_id(), exchange_id, currency_pair_no, from_minute, to_minute FROM touched
        """;

    /// <param name="rows">Pair by pair, in any order of time; at least one.</param>
    public static NpgsqlBatchCommand Command(IReadOnlyList<TradeRow> rows)
    {
        var runs = Runs(rows);
        var command = new NpgsqlBatchCommand(Touch);
        command.Parameters.AddColumn(NpgsqlDbType.Smallint, [.. runs.Select(run => run.Numbers.ExchangeId)]);
        command.Parameters.AddColumn(NpgsqlDbType.Integer, [.. runs.Select(run => run.Numbers.CurrencyPairNo)]);
        command.Parameters.AddColumn(NpgsqlDbType.Integer, [.. runs.Select(run => run.From)]);
        command.Parameters.AddColumn(NpgsqlDbType.Integer, [.. runs.Select(run => run.To)]);
        return command;
    }

    public static List<TouchedRun> Runs(IReadOnlyList<TradeRow> rows)
    {
        var runs = new List<TouchedRun>();
        var minutes = new List<int>();
        for (var i = 0; i < rows.Count;)
        {
            var numbers = rows[i].Numbers;
            minutes.Clear();
            for (; i < rows.Count && rows[i].Numbers == numbers; i++)
            {
                var minute = CandleLevels.MinuteOf(rows[i].Trade.Time.UnixNanoseconds);
                if (minutes.Count == 0 || minutes[^1] != minute)
                {
                    minutes.Add(minute);
                }
            }

            minutes.Sort();
            AddRuns(runs, numbers, CollectionsMarshal.AsSpan(minutes));
        }

        return runs;
    }

    private static void AddRuns(List<TouchedRun> runs, PairNumbers numbers, ReadOnlySpan<int> sorted)
    {
        var run = new TouchedRun(numbers, sorted[0], sorted[0]);
        foreach (var minute in sorted)
        {
            if (minute > run.To + 1 || minute - run.From >= LongestRun)
            {
                runs.Add(run);
                run = new TouchedRun(numbers, minute, minute);
            }
            else
            {
                run = run with { To = minute };
            }
        }

        runs.Add(run);
    }
}
