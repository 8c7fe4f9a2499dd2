using System.Globalization;
using AkkaCrypto.Contracts.Ops;

namespace AkkaCrypto.Cli;

/// <summary>Who acts by the command line, for the audit: the user of the machine, and the process in place of a request.</summary>
internal static class CommandActor
{
    public static Actor Here() => new(
        "cli:" + Environment.UserName, string.Create(CultureInfo.InvariantCulture, $"cli-{Environment.ProcessId}"));
}
