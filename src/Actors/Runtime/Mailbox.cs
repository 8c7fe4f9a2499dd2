namespace AkkaCrypto.Actors.Runtime;

/// <summary>
/// A bounded queue of many writers and one reader, who takes all that is there at once: one lock for a batch, where a channel takes one for
/// each item. A full mailbox refuses at once, for the caller can wait better than the shard.
/// </summary>
internal sealed class Mailbox<T>(Func<int> capacity)
    where T : class
{
    private readonly Lock gate = new();
    private readonly Queue<T> items = new();
    private TaskCompletionSource? waiting;
    private int wanted;
    private bool closed;

    public int Count
    {
        get
        {
            lock (gate)
            {
                return items.Count;
            }
        }
    }

    /// <summary>Null: it was taken.</summary>
    public AskOutcome? Post(T item)
    {
        TaskCompletionSource? reader;
        lock (gate)
        {
            if (closed)
            {
                return AskOutcome.Stopping;
            }

            if (items.Count >= capacity())
            {
                return AskOutcome.MailboxFull;
            }

            items.Enqueue(item);
            reader = items.Count >= wanted ? TakeReader() : null;
        }

        reader?.TrySetResult();
        return null;
    }

    /// <summary>Moves at most so many of the oldest into <paramref name="target"/>.</summary>
    public void Take(int most, List<T> target)
    {
        lock (gate)
        {
            for (; most > 0 && items.TryDequeue(out var item); most--)
            {
                target.Add(item);
            }
        }
    }

    /// <summary>Ends when there are so many to take, or the mailbox is closed.</summary>
    public Task WaitAsync(int atLeast)
    {
        lock (gate)
        {
            if (items.Count >= atLeast || closed)
            {
                return Task.CompletedTask;
            }

            wanted = atLeast;
            waiting ??= new(TaskCreationOptions.RunContinuationsAsynchronously);
            return waiting.Task;
        }
    }

    /// <summary>Takes out those that <paramref name="isOver"/> says are, wherever they stand.</summary>
    public List<T> Remove(Predicate<T> isOver)
    {
        var over = new List<T>();
        lock (gate)
        {
            for (var left = items.Count; left > 0; left--)
            {
                var item = items.Dequeue();
                if (isOver(item))
                {
                    over.Add(item);
                }
                else
                {
                    items.Enqueue(item);
                }
            }
        }

        return over;
    }

    /// <summary>Nothing is taken any more; what is there can still be read.</summary>
    public void Close()
    {
        TaskCompletionSource? reader;
        lock (gate)
        {
            closed = true;
            reader = TakeReader();
        }

        reader?.TrySetResult();
    }

    private TaskCompletionSource? TakeReader()
    {
        var reader = waiting;
        waiting = null;
        return reader;
    }

    /// <summary>Whether it is closed and empty.</summary>
    public bool IsDone
    {
        get
        {
            lock (gate)
            {
                return closed && items.Count == 0;
            }
        }
    }
}
