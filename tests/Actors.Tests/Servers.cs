using AkkaCrypto.TestKit.Servers;

namespace AkkaCrypto.Actors.Tests;

[CollectionDefinition(ServerFixture.Collection)]
public sealed class Servers : ICollectionFixture<ServerFixture>;
