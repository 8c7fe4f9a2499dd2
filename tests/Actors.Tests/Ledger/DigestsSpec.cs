using System.Security.Cryptography;
using AkkaCrypto.Contracts.Ledger;

namespace AkkaCrypto.Actors.Tests.Ledger;

/// <summary>What every chain, tree and key of the ledger stands on is the SHA-256 that everybody computes.</summary>
public sealed class DigestsSpec
{
    /// <summary>FIPS 180-4's example of one block, and nothing.</summary>
    [Theory]
    [InlineData("616263", "BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD")]
    [InlineData("", "E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855")]
    public void The_standards_examples_hold(string content, string expected)
    {
        var hash = new byte[SHA256.HashSizeInBytes];
        Digests.Sha256(Convert.FromHexString(content), hash);
        Assert.Equal(expected, Convert.ToHexString(hash));
    }

    [Fact]
    public void Content_of_any_length_has_the_hash_that_the_runtime_computes_on_every_thread() =>
        Parallel.For(0, 2000, length =>
        {
            var content = new byte[length];
            new Random(length).NextBytes(content);
            var hash = new byte[SHA256.HashSizeInBytes];
            Digests.Sha256(content, hash);
            Assert.Equal(SHA256.HashData(content), hash);
        });

    [Fact]
    public void A_hash_may_be_put_where_its_content_is_and_nothing_beside_it_is_touched()
    {
        var bytes = new byte[100];
        new Random(1).NextBytes(bytes);
        var (expected, after) = (SHA256.HashData(bytes.AsSpan(0, 65)), bytes[32..]);
        Digests.Sha256(bytes.AsSpan(0, 65), bytes.AsSpan(0, 32));
        Assert.Equal([.. expected, .. after], bytes);
    }

    [Fact]
    public void A_target_that_is_too_short_is_refused()
    {
        Assert.ThrowsAny<ArgumentException>(() => Digests.Sha256([1], new byte[31]));
    }
}
