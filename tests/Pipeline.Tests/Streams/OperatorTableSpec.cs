using System.Reflection;
using System.Text.RegularExpressions;

namespace AkkaCrypto.Pipeline.Tests.Streams;

/// <summary>docs/operators.md promises that each of its cells is a test.</summary>
public sealed partial class OperatorTableSpec
{
    private static readonly string[] Events = ["finish", "failure", "cancel", "timer"];

    [Fact]
    public void Every_operator_of_the_table_has_the_four_events_in_order()
    {
        var byOperator = Rows().GroupBy(row => row.Operator).ToList();
        Assert.True(byOperator.Count >= 17, $"{byOperator.Count} operators in the table");
        Assert.All(byOperator, rows => Assert.Equal(Events, rows.Select(row => row.Event)));
    }

    [Fact]
    public void Every_cell_names_tests_that_exist()
    {
        foreach (var (name, moment, tests) in Rows())
        {
            foreach (var test in tests)
            {
                var (type, method) = (test[..test.IndexOf('.')], test[(test.IndexOf('.') + 1)..]);
                var found = Type.GetType($"AkkaCrypto.Pipeline.Tests.Streams.{type}")?.GetMethod(method);
                Assert.True(found?.GetCustomAttribute<FactAttribute>() is not null, $"{name}, {moment}: there is no test {test}");
            }
        }
    }

    [Fact]
    public void Only_a_timer_cell_of_an_operator_without_a_clock_has_no_test() =>
        Assert.All(Rows().Where(row => row.Tests.Count == 0), row => Assert.Equal("timer", row.Event));

    private static List<(string Operator, string Event, List<string> Tests)> Rows() =>
        [.. from line in File.ReadLines(Table())
            let cells = line.Split('|', StringSplitOptions.TrimEntries)
            where cells.Length == 6 && Events.Contains(cells[2])
            select (cells[1], cells[2], TestName().Matches(cells[4]).Select(match => match.Value).ToList())];

    private static string Table()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var file = Path.Combine(folder.FullName, "docs", "operators.md");
            if (File.Exists(file))
            {
                return file;
            }
        }

        throw new FileNotFoundException("docs/operators.md is in no folder above the tests");
    }

    [GeneratedRegex(@"\w+Spec\.\w+")]
    private static partial Regex TestName();
}
