namespace AkkaCrypto.TestKit.Feeds;

/// <summary>One request that a scripted provider was sent.</summary>
/// <param name="Path">Path and query.</param>
/// <param name="Number">1 for the first of its path.</param>
/// <param name="At">By the fake clock.</param>
public sealed record ScriptedRequest(string Path, int Number, DateTimeOffset At, IReadOnlyDictionary<string, string> Headers);

/// <summary>
/// A provider that answers by script: for each path its replies in order, the last of them for ever. Records what it was asked and when. A
/// path that has no script is answered with 404.
/// </summary>
public sealed class ScriptedProvider(TimeProvider time) : HttpMessageHandler
{
    private static readonly Task Never = new TaskCompletionSource().Task;
    private readonly Lock _gate = new();
    private readonly List<(string Fragment, Func<ScriptedRequest, ScriptedReply> Reply)> _scripts = [];
    private readonly List<ScriptedRequest> _asked = [];
    private int _answering;
    private int _mostAtOnce;

    /// <summary>All requests so far, in the order of their arrival.</summary>
    public IReadOnlyList<ScriptedRequest> Asked
    {
        get
        {
            lock (_gate)
            {
                return [.. _asked];
            }
        }
    }

    /// <summary>The most requests that were ever under way at once.</summary>
    public int MostAtOnce
    {
        get
        {
            lock (_gate)
            {
                return _mostAtOnce;
            }
        }
    }

    /// <summary>Requests whose path holds the fragment.</summary>
    public int AskedFor(string fragment) => Asked.Count(request => request.Path.Contains(fragment, StringComparison.Ordinal));

    /// <summary>The replies to every path that holds the fragment, in order; the last one again and again. The newest script that fits
    /// counts.</summary>
    public ScriptedProvider On(string fragment, params ScriptedReply[] replies) =>
        On(fragment, request => replies[Math.Min(request.Number, replies.Length) - 1]);

    /// <summary>Replies that are made as they are asked for.</summary>
    public ScriptedProvider On(string fragment, Func<ScriptedRequest, ScriptedReply> reply)
    {
        lock (_gate)
        {
            _scripts.Insert(0, (fragment, reply));
        }

        return this;
    }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var reply = Enter(request);
        try
        {
            await reply.Gate.WaitAsync(cancellationToken);
            if (reply.After != TimeSpan.Zero)
            {
                await Never.WaitAsync(reply.After, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                cancellationToken.ThrowIfCancellationRequested();
            }

            return reply.Failure is { } failure ? throw failure : reply.Message(request);
        }
        finally
        {
            lock (_gate)
            {
                _answering--;
            }
        }
    }

    private ScriptedReply Enter(HttpRequestMessage request)
    {
        var path = request.RequestUri!.PathAndQuery;
        var headers = request.Headers.ToDictionary(
            header => header.Key, header => string.Join(',', header.Value), StringComparer.OrdinalIgnoreCase);
        lock (_gate)
        {
            _mostAtOnce = Math.Max(_mostAtOnce, ++_answering);
            var asked = new ScriptedRequest(path, _asked.Count(before => before.Path == path) + 1, time.GetUtcNow(), headers);
            _asked.Add(asked);
            var script = _scripts.FirstOrDefault(script => path.Contains(script.Fragment, StringComparison.Ordinal)).Reply;
            return script is null ? ScriptedReply.Of(404, "no script") : script(asked);
        }
    }
}
