namespace AkkaCrypto.Pipeline.Streams;

/// <summary>A blueprint of a stream's middle, to be attached to any source of <typeparamref name="TIn"/>.</summary>
public sealed class Flow<TIn, TOut>
{
    private readonly Func<Source<TIn>, Source<TOut>> attach;

    internal Flow(Func<Source<TIn>, Source<TOut>> attach) => this.attach = attach;

    /// <summary>Appends another flow.</summary>
    public Flow<TIn, TNext> Via<TNext>(Flow<TOut, TNext> next) => new(source => next.Attach(Attach(source)));

    /// <summary>Ends the flow in a sink.</summary>
    public Sink<TIn> To(Sink<TOut> sink) => new((source, ct) => sink.Consume(Attach(source), ct));

    internal Source<TOut> Attach(Source<TIn> source) => attach(source);
}

/// <summary>Where flows come from.</summary>
public static class Flow
{
    /// <summary>A flow made of operators: <c>Flow.From&lt;Frame, Trade&gt;(frames => frames.Where(…).Select(…))</c>.</summary>
    public static Flow<TIn, TOut> From<TIn, TOut>(Func<Source<TIn>, Source<TOut>> attach) => new(attach);
}
