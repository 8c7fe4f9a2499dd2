using AkkaCrypto.Cli;
using AkkaCrypto.Cli.Backup;
using AkkaCrypto.Cli.Config;
using AkkaCrypto.Cli.DeadLetters;
using AkkaCrypto.Cli.Export;
using AkkaCrypto.Cli.Feeds;
using AkkaCrypto.Cli.History;
using AkkaCrypto.Cli.Keys;
using AkkaCrypto.Cli.Ledger;
using AkkaCrypto.Cli.Load;
using AkkaCrypto.Cli.Normalise;
using AkkaCrypto.Hocon.Configuration;

// One line a verb; each verb stands in a folder of its own.
Verb[] verbs =
[
    ConfigShow.Verb,
    NormaliseVerb.Verb,
    BackupVerb.Verb,
    RestoreVerb.Verb,
    DeadLetterVerbs.List,
    DeadLetterVerbs.Show,
    DeadLetterVerbs.Replay,
    DeadLetterVerbs.Purge,
    QuotaProof.Verb,
    GapsVerb.Verb,
    BackfillVerb.Verb,
    ExportVerb.Verb,
    LoadgenVerb.Verb,
    KeyVerbs.Create,
    KeyVerbs.List,
    KeyVerbs.Update,
    KeyVerbs.Rotate,
    KeyVerbs.Revoke,
    VerifyLedgerVerb.Verb,
];

using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, pressed) =>
{
    pressed.Cancel = true;
    stop.Cancel();
};

var surroundings = new Surroundings(
    Console.Out, Console.Error, HoconConfiguration.ProcessEnvironment(), Path.Combine(AppContext.BaseDirectory, "hocon"))
{
    IsTerminal = !Console.IsOutputRedirected,
};
return await CommandLine.RunAsync(verbs, args, surroundings, stop.Token);
