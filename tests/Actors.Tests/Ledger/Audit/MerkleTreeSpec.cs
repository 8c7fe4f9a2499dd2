using System.Security.Cryptography;
using AkkaCrypto.Actors.Ledger.Audit;

namespace AkkaCrypto.Actors.Tests.Ledger.Audit;

/// <summary>Against the definitions of RFC 9162, section 2.1, written down as they stand there.</summary>
public sealed class MerkleTreeSpec
{
    private const int Most = 33;

    [Fact]
    public void The_root_is_the_standards_for_every_size()
    {
        Assert.Equal("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", Convert.ToHexStringLower(MerkleTree.Root([])));
        for (var size = 1; size <= Most; size++)
        {
            Assert.Equal(RootOf(Contents(size)), MerkleTree.Root(Joined(size)));
        }
    }

    [Fact]
    public void Every_path_leads_to_the_root_and_to_no_other_leaf_place_or_size()
    {
        for (var size = 1; size <= Most; size++)
        {
            var (root, contents) = (MerkleTree.Root(Joined(size)), Contents(size));
            for (var index = 0; index < size; index++)
            {
                var path = MerkleTree.Path(Joined(size), index);
                Assert.Equal(PathOf(index, contents), path);
                Assert.Equal(root, MerkleTree.RootOf(contents[index], index, size, path));
                Assert.NotEqual(root, MerkleTree.RootOf(SHA256.HashData(contents[index]), index, size, path));
                Assert.NotEqual(root, MerkleTree.RootOf(contents[index], index == 0 ? size : index - 1, size, path));
                Assert.Null(MerkleTree.RootOf(contents[index], index, size, [.. path, root]));
                if (path.Count > 0)
                {
                    Assert.NotEqual(root, MerkleTree.RootOf(contents[index], index, size, [.. path.Skip(1)]));
                }
            }
        }
    }

    private static byte[][] Contents(int size) => [.. Enumerable.Range(0, size).Select(n => SHA256.HashData([(byte)n]))];

    private static byte[] Joined(int size) => [.. Contents(size).SelectMany(content => content)];

    private static byte[] RootOf(byte[][] contents)
    {
        if (contents.Length == 1)
        {
            return SHA256.HashData([0, .. contents[0]]);
        }

        var split = SplitOf(contents.Length);
        return SHA256.HashData([1, .. RootOf(contents[..split]), .. RootOf(contents[split..])]);
    }

    private static IReadOnlyList<byte[]> PathOf(int index, byte[][] contents)
    {
        if (contents.Length == 1)
        {
            return [];
        }

        var split = SplitOf(contents.Length);
        return index < split
            ? [.. PathOf(index, contents[..split]), RootOf(contents[split..])]
            : [.. PathOf(index - split, contents[split..]), RootOf(contents[..split])];
    }

    /// <summary>The largest power of two below the size.</summary>
    private static int SplitOf(int size)
    {
        var split = 1;
        while (split * 2 < size)
        {
            split *= 2;
        }

        return split;
    }
}
