using AkkaCrypto.TestKit.Servers;

namespace AkkaCrypto.Storage.Tests;

[CollectionDefinition(ServerFixture.Collection)]
public sealed class Servers : ICollectionFixture<ServerFixture>;
