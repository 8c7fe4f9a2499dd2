namespace AkkaCrypto.Pipeline.Streams;

/// <summary>What a full buffer does with the next element.</summary>
public enum OverflowStrategy
{
    /// <summary>Upstream waits. Nothing is lost.</summary>
    Backpressure,

    /// <summary>The oldest element of the buffer is dropped: for values of which the newest counts.</summary>
    DropHead,

    /// <summary>The newest element of the buffer is dropped and the next takes its place.</summary>
    DropTail,

    /// <summary>The next element is dropped: for work that is refused when there is too much of it.</summary>
    DropNew,

    /// <summary>All of the buffer is dropped: for elements that are worth nothing after a gap.</summary>
    DropBuffer,

    /// <summary>The stream fails with <see cref="BufferOverflowException"/>.</summary>
    Fail,
}

/// <summary>More elements came than a bound allows.</summary>
public sealed class BufferOverflowException(string message) : Exception(message);
