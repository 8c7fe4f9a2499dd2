using Spectre.Console;

namespace AkkaCrypto.Cli;

/// <summary>A table for people, on a terminal, in a file or in a pipe.</summary>
internal static class PlainTable
{
    /// <summary>Wider than any row gets: what holds the text is not asked for its width.</summary>
    private const int AnyWidth = 1_000_000;

    /// <summary>Writes the table with each row on one line. Where the output is narrower it breaks the line, but no name is broken in its
    /// cell, so that what is searched for or copied is whole.</summary>
    public static void WriteTo(this Table table, TextWriter to)
    {
        foreach (var column in table.Columns)
        {
            column.NoWrap();
        }

        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(to) });
        console.Profile.Width = AnyWidth;
        console.Write(table);
    }
}
