using System.Text;
using AkkaCrypto.Api.Hosting;
using AkkaCrypto.Pipeline.Ops;

namespace AkkaCrypto.Api.Ops;

/// <summary>Acts whose answer says what came of them, between two entries of the audit.</summary>
/// <param name="log">Null where nothing is kept: then no act is noted.</param>
public sealed class AuditedActs(AuditLog? log)
{
    /// <param name="act">What is done, as <c>internal.ingest</c>.</param>
    /// <param name="what">To what.</param>
    public async ValueTask<Answer> AnswerAsync(Target target, string act, string what, Func<ValueTask<Answer>> serve) => log is null
        ? await serve()
        : await log.AroundAsync(target.Actor, act, what, async () =>
        {
            var answer = await serve();
            return answer.Refusal is { } refusal
                ? new ActResult<Answer>(answer, refusal.Code, null)
                : new ActResult<Answer>(answer, null, Encoding.UTF8.GetString(answer.Body.Span));
        });
}
