using System.Runtime.InteropServices;
using AkkaCrypto.Simulator;

// Serves the simulator alone: --port N --seed S --pace P. Exit 0 after Ctrl-C or SIGTERM, 1 when the port is taken, 2 on wrong usage.
var read = CommandLine.Read(args);
if (read.Options is not { } options)
{
    await Console.Error.WriteLineAsync(read.Problem);
    return 2;
}

var stop = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
try
{
    await using var server = await SimulatorServer.StartAsync(options, TimeProvider.System);
    Console.WriteLine($"simulator on {server.Address}");
    await stop.Task;
    return 0;
}
catch (IOException taken)
{
    await Console.Error.WriteLineAsync(taken.Message);
    return 1;
}

void Stop(PosixSignalContext context)
{
    context.Cancel = true;
    stop.TrySetResult();
}
