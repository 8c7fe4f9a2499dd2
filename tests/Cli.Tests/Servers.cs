using AkkaCrypto.TestKit.Servers;

namespace AkkaCrypto.Cli.Tests;

[CollectionDefinition(ServerFixture.Collection)]
public sealed class Servers : ICollectionFixture<ServerFixture>;
