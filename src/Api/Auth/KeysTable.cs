using AkkaCrypto.Api.Hosting;

namespace AkkaCrypto.Api.Auth;

/// <summary>The rows of <c>/admin/keys</c>.</summary>
public static class KeysTable
{
    private const string Tag = "Auth";

    private const string List =
        "Newest first, in pages that stay in place while keys are made. The keys themselves are not kept anywhere and can't be shown; each "
        + "secret of a key is listed by its generation with its end.";

    private const string Create =
        "The answer is the only place where the key stands: it is stored as a keyed hash. In force on this node at once, on all nodes "
        + "within a second. 409: there is no pepper to hash with, or akkacrypto.auth.keys.max-count is reached.";

    private const string Update =
        "What isn't named stays; id, tenant, role and the secrets stay always. In force on this node at once, on all nodes within a "
        + "second. What the key has used of a window that its new tier has too still counts. 409: the key is revoked or expired.";

    private const string Rotate =
        "Gives the key its next secret, in this answer alone. Its id, tenant, role, tier, scopes, quota and expiry stay. The secrets until "
        + "now stay valid for overlap_seconds (default akkacrypto.auth.keys.rotation-overlap; 0: end at once), at most five at a time. "
        + "409: the key is revoked or expired.";

    private const string Revoke =
        "For ever, with all its secrets, on every node within a second. Revoking a revoked key changes nothing and is a success.";

    private const string CreateBody =
        "{\"name\": \"for the dashboard\", \"tenant\": \"acme\", \"tier\": \"free\", \"role\": \"user\", \"scopes\": [\"market:read\"], "
        + "\"expires_at\": \"2027-01-31T00:00:00Z\"}. role: user (default) or admin; scopes: some of market:read, wallets:read, "
        + "wallets:write, admin, none for all of the role; expires_at: none or null for never.";

    private const string UpdateBody =
        "{\"tier\": \"pro\"}: some of name, tier, scopes ([]: all of the role) and expires_at (null: never).";

    private const string RotateBody = "{\"overlap_seconds\": 3600}, 0 to 2678400; {} takes the setting.";

    private const string Fields =
        """
        "id":{"type":"string"},"name":{"type":"string"},"tenant":{"type":"string"},"role":{"enum":["user","admin"]},
        "tier":{"type":"string"},
        "scopes":{"type":"array","items":{"enum":["market:read","wallets:read","wallets:write","admin"]}},
        "state":{"enum":["active","expired","revoked"]},"created_at":{"type":"string","format":"date-time"},
        "created_by":{"type":"string"},"expires_at":{"type":["string","null"],"format":"date-time"},
        "revoked_at":{"type":["string","null"],"format":"date-time"},"last_used_at":{"type":["string","null"],"format":"date-time"},
        "secrets":{"type":"array","items":{"type":"object","additionalProperties":false,
        "required":["generation","created_at","valid_until"],"properties":{"generation":{"type":"integer","minimum":1},
        "created_at":{"type":"string","format":"date-time"},"valid_until":{"type":["string","null"],"format":"date-time"}}}}
        """;

    private const string Names =
        "\"id\",\"name\",\"tenant\",\"role\",\"tier\",\"scopes\",\"state\",\"created_at\",\"created_by\",\"expires_at\",\"revoked_at\","
        + "\"last_used_at\",\"secrets\"";

    private const string Key =
        "{\"type\":\"object\",\"additionalProperties\":false,\"required\":[" + Names + "],\"properties\":{" + Fields + "}}";

    private const string Issued =
        "{\"type\":\"object\",\"additionalProperties\":false,\"required\":[\"key\"," + Names
        + "],\"properties\":{\"key\":{\"type\":\"string\"}," + Fields + "}}";

    private const string Page =
        "{\"type\":\"object\",\"additionalProperties\":false,\"required\":[\"data\",\"next_cursor\"],\"properties\":{\"data\":"
        + "{\"type\":\"array\",\"items\":" + Key + "},\"next_cursor\":{\"type\":[\"string\",\"null\"]}}}";

    private const string Example =
        """
        "name":"for the dashboard","tenant":"acme","role":"user","tier":"free","scopes":["market:read"],"state":"active",
        "created_at":"2026-01-31T12:00:00Z","created_by":"admin","expires_at":null,"revoked_at":null,"last_used_at":null,
        "secrets":[{"generation":1,"created_at":"2026-01-31T12:00:00Z","valid_until":null}]
        """;

    private const string KeyExample = "{\"id\":\"key_0123456789abcdef\"," + Example + "}";

    private const string IssuedExample =
        "{\"id\":\"key_0123456789abcdef\",\"key\":\"ak_live_(43 characters)_(6 characters)\"," + Example + "}";

    public static IEnumerable<ApiRoute> Of(KeyDesk desk, Requests requests) =>
    [
        new("GET", KeyDesk.Path, Tag, "ApiKeys", "The stored API keys, newest first, in pages", List, KeyDesk.ListParameters,
            "{\"data\":[" + KeyExample + "],\"next_cursor\":null}", [503],
            requests.Handle(KeyDesk.ListParameters, KeyDesk.ParseList, desk.ListAsync)) { Schema = Page },
        new("POST", KeyDesk.Path, Tag, "CreateApiKey", "Make an API key", Create, [], IssuedExample, [409, 413, 415, 503],
            requests.HandleTargetBody(desk.CreateAsync), CreateBody) { Schema = Issued, Success = StatusCodes.Status201Created },
        new("GET", KeyDesk.Path + "/{id}", Tag, "ApiKey", "One stored API key", List, [], KeyExample, [404, 503],
            requests.HandleTarget([], static _ => NoRequest.Instance, desk.ShowAsync), Named: KeyDesk.IdParameter) { Schema = Key },
        new("PATCH", KeyDesk.Path + "/{id}", Tag, "UpdateApiKey", "Change an API key's name, tier, scopes or expiry", Update, [],
            KeyExample, [404, 409, 413, 415, 503], requests.HandleTargetBody(desk.UpdateAsync), UpdateBody, Named: KeyDesk.IdParameter)
        {
            Schema = Key,
        },
        new("DELETE", KeyDesk.Path + "/{id}", Tag, "RevokeApiKey", "Revoke an API key", Revoke, [], KeyExample, [404, 503],
            requests.HandleTarget([], static _ => NoRequest.Instance, desk.RevokeAsync), Named: KeyDesk.IdParameter) { Schema = Key },
        new("POST", KeyDesk.Path + "/{id}/rotate", Tag, "RotateApiKey", "Give an API key its next secret", Rotate, [], IssuedExample,
            [404, 409, 413, 415, 503], requests.HandleTargetBody(desk.RotateAsync), RotateBody, Named: KeyDesk.IdParameter)
        {
            Schema = Issued,
        },
    ];
}
