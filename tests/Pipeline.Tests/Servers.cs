using AkkaCrypto.TestKit.Servers;

namespace AkkaCrypto.Pipeline.Tests;

[CollectionDefinition(ServerFixture.Collection)]
public sealed class Servers : ICollectionFixture<ServerFixture>;
