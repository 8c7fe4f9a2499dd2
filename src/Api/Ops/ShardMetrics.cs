using System.Globalization;
using AkkaCrypto.Contracts.Ops;

namespace AkkaCrypto.Api.Ops;

/// <summary>The part of <c>/metrics</c> that tells of shards of entities.</summary>
internal static class ShardMetrics
{
    public static void Write(PrometheusText text, IReadOnlyList<ShardStatus> shards)
    {
        if (shards.Count == 0)
        {
            return;
        }

        Of("akkacrypto_shard_running", "gauge", "1 where the shard decides and commits here.",
            shard => shard.State == ShardState.Running ? 1 : 0);
        Of("akkacrypto_shard_epoch", "gauge", "Under which the shard commits; raised by each taking.", shard => shard.Epoch);
        Of("akkacrypto_shard_mailbox_depth", "gauge", "Commands that wait.", shard => shard.MailboxDepth);
        Of("akkacrypto_shard_mailbox_full_total", "counter", "Commands refused for a full mailbox.", shard => shard.MailboxFull);
        Of("akkacrypto_shard_active_entities", "gauge", "Entities in memory.", shard => shard.Active);
        Of("akkacrypto_shard_failures_total", "counter", "Times that the shard dropped its state and loaded again.",
            shard => shard.Failures);
        Of("akkacrypto_shard_committed_commands_total", "counter", "Commands in commits; over the commits, the batch size.",
            shard => shard.CommittedCommands);
        Summary("akkacrypto_shard_mailbox_wait_seconds", "From the mailbox to the decision.",
            shard => shard.Waited, shard => shard.Commands);
        Summary("akkacrypto_shard_commit_seconds", "From sending a commit to the database's word.",
            shard => shard.Committing, shard => shard.Commits);

        void Of(string name, string type, string help, Func<ShardStatus, double> value)
        {
            text.Family(name, type, help);
            foreach (var shard in shards)
            {
                text.Sample(name, value(shard), ("region", shard.Region), ("shard", Number(shard)));
            }
        }

        void Summary(string name, string help, Func<ShardStatus, TimeSpan> sum, Func<ShardStatus, long> count)
        {
            text.Family(name, "summary", help);
            foreach (var shard in shards)
            {
                text.Sample(name + "_sum", sum(shard).TotalSeconds, ("region", shard.Region), ("shard", Number(shard)));
                text.Sample(name + "_count", count(shard), ("region", shard.Region), ("shard", Number(shard)));
            }
        }
    }

    private static string Number(ShardStatus shard) => shard.Shard.ToString(CultureInfo.InvariantCulture);
}
