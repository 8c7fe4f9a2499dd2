using AkkaCrypto.Storage.Embedded;

namespace AkkaCrypto.Storage.Tests.Embedded;

public sealed class CommandTests
{
    [Fact]
    public async Task A_program_of_the_working_folder_is_not_taken_for_the_system_s()
    {
        // The working folder of the tests is their own; the repository root, where ./test lies, is a user's.
        var impostor = Path.Combine(Environment.CurrentDirectory, "test");
        await File.WriteAllTextAsync(impostor, "#!/bin/sh\nexit 77\n");
        try
        {
            if (OperatingSystem.IsLinux())
            {
                File.SetUnixFileMode(impostor, UnixFileMode.UserRead | UnixFileMode.UserExecute);
            }

            var (exitCode, _) = await Command.RunAsync(["test", "-x", "/"], CancellationToken.None);

            Assert.Equal(0, exitCode);
        }
        finally
        {
            File.Delete(impostor);
        }
    }

    [Fact]
    public async Task A_program_that_is_not_installed_is_named()
    {
        var refused = await Assert.ThrowsAsync<EmbeddedServerException>(
            () => Command.RunAsync(["no-such-program"], CancellationToken.None));

        Assert.Contains("no-such-program", refused.Message, StringComparison.Ordinal);
    }
}
