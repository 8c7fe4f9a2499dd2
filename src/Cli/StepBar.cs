using Spectre.Console;

namespace AkkaCrypto.Cli;

/// <summary>Shows how far long work is, step by step, where somebody looks. It is drawn on standard error, so that standard output stays
/// the result alone.</summary>
internal static class StepBar
{
    /// <param name="title">What is shown before the first step.</param>
    /// <param name="run">The work; tells the step, how much of it is done, and of how much.</param>
    public static async Task<T> ShowAsync<T>(Surroundings surroundings, string title, Func<Action<string, long, long>, Task<T>> run)
    {
        if (Console.IsErrorRedirected || !ReferenceEquals(surroundings.Error, Console.Error))
        {
            return await run((_, _, _) => { });
        }

        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
        return await console.Progress().StartAsync(async context =>
        {
            var bar = context.AddTask(title);
            return await run((step, done, of) =>
            {
                bar.Description = Markup.Escape(step);
                bar.MaxValue = of;
                bar.Value = done;
            });
        });
    }
}

/// <summary>Reports at once, on the caller's thread, in order; <see cref="Progress{T}"/> would do it later, on any.</summary>
internal sealed class AtOnce<T>(Action<T> report) : IProgress<T>
{
    public void Report(T value) => report(value);
}
