namespace AkkaCrypto.Hocon;

/// <summary>Where a value was written: a file (or named text) with its line from 1, or an environment variable (line 0).</summary>
public sealed record HoconOrigin(string Source, int Line)
{
    public static HoconOrigin Variable(string name) => new($"environment variable {name}", 0);

    public bool IsVariable => Line == 0;

    /// <summary>Another line of the same file; a variable has no lines.</summary>
    public HoconOrigin At(int line) => IsVariable ? this : this with { Line = line };

    /// <summary><c>/etc/akkacrypto/site.conf:12</c> or <c>environment variable AKKACRYPTO__HTTP__PORT</c>.</summary>
    public override string ToString() => IsVariable ? Source : $"{Source}:{Line}";
}
