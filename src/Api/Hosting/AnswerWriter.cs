using System.Globalization;
using AkkaCrypto.Api.Errors;

namespace AkkaCrypto.Api.Hosting;

/// <summary>
/// Sends answers: JSON with its length, <c>X-Data-Time</c> and <c>Age</c>; what is past its age limit is refused here and nowhere else.
/// </summary>
public sealed class AnswerWriter(TimeProvider time)
{
    public Task WriteAsync(HttpContext context, Answer answer)
    {
        if (answer.Refusal is { } refusal)
        {
            return ProblemWriter.WriteAsync(context, refusal);
        }

        var response = context.Response;
        if (answer.DataTime is { } dataTime)
        {
            var age = time.GetUtcNow() - dataTime;
            if (answer.Freshness is { } freshness && age > freshness.MaxAge)
            {
                return ProblemWriter.WriteAsync(context, Problem.Stale(freshness.What, age, freshness.MaxAge));
            }

            response.Headers["X-Data-Time"] = answer.DataTimeText;
            // A provider's clock ahead of ours is no negative age.
            response.Headers.Age = Math.Max(0, (long)age.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        }

        response.StatusCode = answer.Status;
        response.ContentType = answer.ContentType;
        response.ContentLength = answer.Body.Length;
        return response.Body.WriteAsync(answer.Body, context.RequestAborted).AsTask();
    }
}
