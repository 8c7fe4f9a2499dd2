using AkkaCrypto.TestKit.Servers;

namespace AkkaCrypto.Simulation.Tests;

/// <summary>For services that share a database; most bring their own.</summary>
[CollectionDefinition(ServerFixture.Collection)]
public sealed class Servers : ICollectionFixture<ServerFixture>;
