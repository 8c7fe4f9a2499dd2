using System.Data;
using Npgsql;

namespace AkkaCrypto.Pipeline.Ops;

/// <summary>
/// The right to run one backfill until it is disposed: an advisory lock of a session, which a run that was killed loses with its
/// connection. The lock alone proves nothing, for the session may be lost and not the run; what counts is <see cref="Epoch"/>, which each
/// page's step carries.
/// </summary>
public sealed class BackfillLease : IAsyncDisposable
{
    private readonly NpgsqlConnection _session;

    internal BackfillLease(NpgsqlConnection session, BackfillProgress progress, long epoch) =>
        (_session, Progress, Epoch) = (session, progress, epoch);

    /// <summary>How far the backfill had come when it was taken.</summary>
    public BackfillProgress Progress { get; }

    /// <summary>Raised by each run that begins: a page of an earlier one is refused.</summary>
    public long Epoch { get; }

    public ValueTask DisposeAsync() => EndAsync(_session);

    /// <summary>Gives the session back without the lock. One that is lost has none.</summary>
    internal static async ValueTask EndAsync(NpgsqlConnection session)
    {
        try
        {
            if (session.State == ConnectionState.Open)
            {
                // The pool would do it only when it hands the session out again.
                await using var unlock = new NpgsqlCommand("SELECT pg_advisory_unlock_all()", session);
                await unlock.ExecuteNonQueryAsync(CancellationToken.None);
            }
        }
        catch (NpgsqlException)
        {
            // The session ends, and its lock with it.
        }
        finally
        {
            await session.DisposeAsync();
        }
    }
}
