using AkkaCrypto.TestKit;

namespace AkkaCrypto.Hocon.Tests;

/// <summary>The reference implementation's own equivalence cases, tested in place.</summary>
public sealed class EquivalenceTests
{
    public static TheoryData<string> Files()
    {
        var data = new TheoryData<string>();
        var folder = SharedFolder.Path is null ? null : SharedFolder.At("hocon");
        string[] files = folder is null ? [] : Directory.GetFiles(folder, "*", SearchOption.AllDirectories);
        foreach (var file in files.Order(StringComparer.Ordinal))
        {
            if (Path.GetFileName(Path.GetDirectoryName(file))!.StartsWith("equiv", StringComparison.Ordinal))
            {
                data.Add(Path.GetRelativePath(folder!, file));
            }
        }

        if (data.Count == 0)
        {
            data.Add("absent");
        }

        return data;
    }

    [SharedTheory]
    [MemberData(nameof(Files))]
    public void Every_file_of_a_folder_resolves_to_its_original(string name)
    {
        var file = SharedFolder.At("hocon", name);
        var original = File.ReadAllText(Path.Combine(Path.GetDirectoryName(file)!, "original.json"));

        Resolved.Same(original, HoconDocument.Load(file).Root);
    }
}
