using System.Runtime.InteropServices;

namespace AkkaCrypto.Api.Hosting;

/// <summary>
/// Ctrl-C, SIGTERM and a closed terminal: from the first one on the service stops in order, also when it is still starting.
/// </summary>
public sealed class StopSignals : IDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private readonly TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<PosixSignalRegistration> _registrations;

    public StopSignals()
    {
        PosixSignal[] signals = [PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP, PosixSignal.SIGQUIT];
        _registrations = [.. signals.Select(signal => PosixSignalRegistration.Create(signal, Stop))];
    }

    public CancellationToken Stopping => _stopping.Token;

    public Task WaitAsync() => _asked.Task;

    public void Dispose()
    {
        _registrations.ForEach(registration => registration.Dispose());
        _stopping.Dispose();
    }

    private void Stop(PosixSignalContext context)
    {
        // The process ends by returning from Main, after everything that it started has stopped.
        context.Cancel = true;
        _asked.TrySetResult();
        _stopping.Cancel();
    }
}
