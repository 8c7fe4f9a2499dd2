using AkkaCrypto.Hocon.Binding;

namespace AkkaCrypto.Hocon.Live;

/// <summary>
/// The settings in force. Readers take <see cref="Current"/> each time they need a setting, so that a change reaches them without a
/// restart; who must act on a change asks to be told.
/// </summary>
public sealed class LiveSettings<T>(T initial)
    where T : class
{
    private readonly Lock gate = new();
    private readonly Lock turn = new();
    private volatile T current = initial;
    private Action<T>[] listeners = [];

    public T Current => current;

    /// <summary>Calls <paramref name="listener"/> with each new value, after <see cref="Current"/> has it, until the result is
    /// disposed.</summary>
    public IDisposable OnChange(Action<T> listener)
    {
        lock (gate)
        {
            listeners = [.. listeners, listener];
        }

        return new Subscription(this, listener);
    }

    /// <summary>
    /// Loads new settings and puts them in force, as one step: of two who do so at once the second loads after the first has published, so
    /// that neither puts back what the other has replaced.
    /// </summary>
    /// <param name="load">Where it has no value, or throws, the settings in force stay.</param>
    public Bound<T> Replace(Func<Bound<T>> load)
    {
        lock (turn)
        {
            var bound = load();
            if (bound.Value is not null)
            {
                Publish(bound.Value);
            }

            return bound;
        }
    }

    /// <summary>Puts a new value in force. Every listener is called; what they throw comes out together at the end.</summary>
    public void Publish(T next)
    {
        current = next;
        var failures = new List<Exception>();
        foreach (var listener in Volatile.Read(ref listeners))
        {
            try
            {
                listener(next);
            }
            catch (Exception failure)
            {
                failures.Add(failure);
            }
        }

        if (failures.Count > 0)
        {
            throw new AggregateException("The settings are in force, but not all who listen could take them.", failures);
        }
    }

    private sealed class Subscription(LiveSettings<T> owner, Action<T> listener) : IDisposable
    {
        public void Dispose()
        {
            lock (owner.gate)
            {
                owner.listeners = [.. owner.listeners.Where(known => known != listener)];
            }
        }
    }
}
