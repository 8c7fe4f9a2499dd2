namespace AkkaCrypto.Hocon;

/// <summary>Where a value was written: a file (or named text) with its line from 1, or something without lines (line 0): an environment
/// variable, a request.</summary>
public sealed record HoconOrigin(string Source, int Line)
{
    public static HoconOrigin Variable(string name) => new($"environment variable {name}", 0);

    /// <summary>What is neither a file nor a variable, in the words that messages use.</summary>
    public static HoconOrigin Told(string source) => new(source, 0);

    /// <summary>Another line of the same file; a variable has no lines.</summary>
    public HoconOrigin At(int line) => Line == 0 ? this : this with { Line = line };

    /// <summary><c>/etc/akkacrypto/site.conf:12</c> or <c>environment variable AKKACRYPTO__HTTP__PORT</c>.</summary>
    public override string ToString() => Line == 0 ? Source : $"{Source}:{Line}";
}
