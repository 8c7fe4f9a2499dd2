namespace AkkaCrypto.Hocon;

/// <summary>One value laid over the files, below the environment; its origin says who laid it there.</summary>
public sealed record HoconOverride(HoconPath Path, HoconScalar Value);
