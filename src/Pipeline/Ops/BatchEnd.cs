using Npgsql;

namespace AkkaCrypto.Pipeline.Ops;

/// <summary>
/// What every batch writes besides its rows, in the same transaction: its dead letters, its series' gaps and positions, in this order and
/// sorted by series, so that writers that meet wait for each other instead of deadlocking. The positions come last: their rows are locked
/// shortest.
/// </summary>
internal sealed class BatchEnd(IReadOnlyList<SeriesProgress> progress, DateTimeOffset now)
{
    private readonly List<(NpgsqlBatchCommand Command, FeedPosition Position)> moves = [];
    private readonly List<(NpgsqlBatchCommand Command, BackfillKey Backfill)> steps = [];

    /// <summary>A statement of the store's own that goes before all of it; null where there is none.</summary>
    public NpgsqlBatchCommand? First { get; init; }

    /// <summary>As a round trip of its own, where there is anything to write.</summary>
    /// <exception cref="PositionMovedException">A position is not at the version that this batch started from.</exception>
    public async Task RunAsync(NpgsqlConnection connection, IReadOnlyList<DeadLetter> letters, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(connection);
        AddTo(batch, letters);
        if (batch.BatchCommands.Count > 0)
        {
            await batch.ExecuteNonQueryAsync(cancellationToken);
            ThrowIfMoved();
        }
    }

    public void AddTo(NpgsqlBatch batch, IReadOnlyList<DeadLetter> letters)
    {
        if (First is not null)
        {
            batch.BatchCommands.Add(First);
        }

        if (letters.Count > 0)
        {
            batch.BatchCommands.Add(DeadLetterStatements.Keep(letters));
        }

        AddGaps(batch);
        AddBackfills(batch);
        foreach (var position in progress.Select(of => of.Position).OfType<FeedPosition>()
            .OrderBy(position => position.Series.ToString(), StringComparer.Ordinal))
        {
            var command = ProgressStatements.Move(position, now);
            moves.Add((command, position));
            batch.BatchCommands.Add(command);
        }
    }

    private void AddBackfills(NpgsqlBatch batch)
    {
        foreach (var step in progress.Select(of => of.Backfill).OfType<BackfillStep>())
        {
            var command = BackfillStore.Step(step, now);
            steps.Add((command, step.Key));
            batch.BatchCommands.Add(command);
        }
    }

    // First the new gaps, then what is shown: a reply may be told of both, and they don't overlap.
    private void AddGaps(NpgsqlBatch batch)
    {
        var gaps = progress.Select(of => of.Gap).OfType<Gap>().OrderBy(gap => gap.Series.ToString(), StringComparer.Ordinal).ToList();
        var shown = progress.Select(of => of.Shown).OfType<SeriesSpan>().OrderBy(span => span.Series.ToString(), StringComparer.Ordinal)
            .ToList();
        if (gaps.Count + shown.Count == 0)
        {
            return;
        }

        batch.BatchCommands.Add(GapStatements.Lock(gaps.Select(gap => gap.Series).Concat(shown.Select(span => span.Series))));
        foreach (var command in gaps.Select(GapStatements.Register).Concat(shown.SelectMany(span => GapStatements.Cut(span, now))))
        {
            batch.BatchCommands.Add(command);
        }
    }

    /// <summary>After the batch has run, before the transaction commits.</summary>
    /// <exception cref="PositionMovedException">A position is not at the version that this batch started from.</exception>
    /// <exception cref="BackfillMovedException">A backfill is not at the page that this batch follows.</exception>
    public void ThrowIfMoved()
    {
        foreach (var (command, position) in moves)
        {
            if (command.RecordsAffected != 1)
            {
                throw new PositionMovedException(position.Series, position.Version);
            }
        }

        foreach (var (command, backfill) in steps)
        {
            if (command.RecordsAffected != 1)
            {
                throw new BackfillMovedException(backfill);
            }
        }
    }
}
