namespace AkkaCrypto.Simulation.Tests;

/// <summary>What a comparison of stored records with the market came to.</summary>
/// <param name="Revised">Records of revisable series that are not the first of their key.</param>
internal sealed record Verdict(string What, int Compared, int Revised, int Wrong, string Examples)
{
    /// <summary>Nothing is wrong, and something was compared.</summary>
    public bool Holds => Wrong == 0 && Compared > 0;

    public override string ToString() =>
        $"{What}: {Compared} compared{(Revised > 0 ? $", {Revised} of them corrections" : "")}, {Wrong} wrong {Examples}".TrimEnd();
}

/// <summary>Counts record by record and remembers the first faults.</summary>
internal sealed class VerdictBuilder(string what)
{
    private const int MostExamples = 3;

    private readonly List<string> _examples = [];
    private int _compared;
    private int _revised;
    private int _wrong;

    public Verdict Verdict => new(what, _compared, _revised, _wrong, string.Join("; ", _examples));

    /// <param name="fault">Null for a record that is right.</param>
    public void Add(string? fault, bool isRevision = false)
    {
        _compared++;
        _revised += isRevision ? 1 : 0;
        if (fault is null)
        {
            return;
        }

        _wrong++;
        if (_examples.Count < MostExamples)
        {
            _examples.Add(fault);
        }
    }
}
