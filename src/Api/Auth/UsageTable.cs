using AkkaCrypto.Api.Hosting;

namespace AkkaCrypto.Api.Auth;

/// <summary>What a caller may ask about itself.</summary>
public static class UsageTable
{
    private const string Description =
        "One entry for each limit of the caller's tier: the units that may be used per window, how many are used and left, and the seconds "
        + "until all of it is there again. Counted over all nodes, this request included. An admin has no limits.";

    private const string Example =
        """{"key_id":"demo","tier":"free","limits":[{"name":"minute","route":"all","algorithm":"fixed","window_seconds":60,"limit":100,"used":3,"remaining":97,"reset":41}]}""";

    private const string Schema =
        """
        {
          "type": "object", "additionalProperties": false, "required": ["key_id", "tier", "limits"],
          "properties": {
            "key_id": { "type": "string" },
            "tier": { "type": "string" },
            "limits": {
              "type": "array",
              "items": {
                "type": "object", "additionalProperties": false,
                "required": ["name", "route", "algorithm", "window_seconds", "limit", "used", "remaining", "reset"],
                "properties": {
                  "name": { "type": "string" },
                  "route": { "type": "string" },
                  "algorithm": { "enum": ["fixed", "sliding", "gcra"] },
                  "window_seconds": { "type": "integer", "minimum": 1 },
                  "limit": { "type": "integer", "minimum": 1 },
                  "used": { "type": "integer", "minimum": 0 },
                  "remaining": { "type": "integer", "minimum": 0 },
                  "reset": { "type": "integer", "minimum": 0 }
                }
              }
            }
          }
        }
        """;

    public static IEnumerable<ApiRoute> Of(Quota quota, Requests requests) =>
    [
        new("GET", "/usage", "Auth", "Usage", "My limits, and what is used of them", Description, [], Example, [503],
            requests.HandleCaller(new Usage(quota).AnswerAsync)) { Schema = Schema },
    ];
}
