using System.Text;

namespace AkkaCrypto.Api.Hosting;

/// <summary>
/// Lines that stay at the bottom of a terminal while others scroll above them. It stands in the place of the console's writer, so whatever
/// is written there, logs above all, takes the lines away first; they are drawn again at the next turn, and never in the middle of a line.
/// </summary>
public sealed class TerminalBoard(TextWriter terminal) : TextWriter
{
    private readonly Lock _gate = new();
    private int _drawn;
    private bool _inLine;

    public override Encoding Encoding => terminal.Encoding;

    /// <summary>Whether standard output is a terminal that can move its cursor.</summary>
    public static bool IsThere => !Console.IsOutputRedirected && Environment.GetEnvironmentVariable("TERM") is not (null or "" or "dumb");

    /// <summary>Puts a board in the place of the console's writer.</summary>
    public static TerminalBoard Install()
    {
        var board = new TerminalBoard(Console.Out);
        Console.SetOut(board);
        return board;
    }

    public override void Write(char value) => Put([value]);

    public override void Write(ReadOnlySpan<char> buffer) => Put(buffer);

    public override void Write(char[] buffer, int index, int count) => Put(buffer.AsSpan(index, count));

    public override void Write(string? value) => Put(value);

    public override void WriteLine(string? value) => Put(value + NewLine);

    public override void Flush() => terminal.Flush();

    /// <summary>Shows these lines instead of those before; none takes them away. Lines must fit the terminal's width.</summary>
    public void Draw(IReadOnlyList<string> lines)
    {
        lock (_gate)
        {
            if (_inLine)
            {
                return;
            }

            var text = new StringBuilder(Erase());
            foreach (var line in lines)
            {
                text.Append(line).Append('\n');
            }

            _drawn = lines.Count;
            terminal.Write(text.ToString());
            terminal.Flush();
        }
    }

    private void Put(ReadOnlySpan<char> text)
    {
        if (text.IsEmpty)
        {
            return;
        }

        lock (_gate)
        {
            terminal.Write(Erase());
            terminal.Write(text);
            (_drawn, _inLine) = (0, text[^1] != '\n');
        }
    }

    /// <summary>ECMA-48: the cursor up over the lines (CUU), and all from there erased (ED).</summary>
    private string Erase() => _drawn == 0 ? "" : $"\r\e[{_drawn}A\e[0J";
}
