namespace AkkaCrypto.Pipeline.Tests.Feeds;

/// <summary>Replies of a provider as it sends them, given by the provider's own tests: every class of this assembly that implements it is
/// found, and what is tested of all providers (mutations, cuts, hostile pieces) is tested of these too.</summary>
internal interface ISampleReplies
{
    /// <summary>At least one for each of the provider's normalisers.</summary>
    static abstract IReadOnlyList<string> Samples { get; }

    /// <summary>Those of all classes.</summary>
    static IReadOnlyList<string> All { get; } =
    [
        .. typeof(ISampleReplies).Assembly.GetTypes()
            .Where(type => type.IsClass && type.IsAssignableTo(typeof(ISampleReplies)))
            .OrderBy(type => type.Name, StringComparer.Ordinal)
            .SelectMany(type => (IReadOnlyList<string>)type.GetProperty(nameof(Samples))!.GetValue(null)!),
    ];
}
