namespace AkkaCrypto.Hocon;

/// <summary>
/// A text that can't be read or resolved. The message begins with the origin, then says what was found and what was expected; it is the
/// only exception that reading, resolving and path look-up throw for bad input.
/// </summary>
public sealed class HoconException(HoconOrigin origin, string reason) : Exception($"{origin}: {reason}")
{
    public HoconOrigin Origin { get; } = origin;

    /// <summary>The message without its origin.</summary>
    public string Reason { get; } = reason;
}
