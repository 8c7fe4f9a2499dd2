namespace AkkaCrypto.Storage.Tests.Embedded;

/// <summary>Skipped for an ordinary user, who runs the servers itself and has nothing to fall back from.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class RootFactAttribute : FactAttribute
{
    public RootFactAttribute()
    {
        if (!Environment.IsPrivilegedProcess)
        {
            Skip = "needs root";
        }
    }
}
