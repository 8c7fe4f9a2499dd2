using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using AkkaCrypto.Api.Auth;
using AkkaCrypto.Contracts.Auth;
using AkkaCrypto.Contracts.Settings;
using AkkaCrypto.Hocon.Binding;
using AkkaCrypto.TestKit.Servers;
using Microsoft.Extensions.Logging.Abstractions;

namespace AkkaCrypto.Api.Tests.Auth;

/// <summary>Tokens are made here by hand, so that every wrong one can be.</summary>
public sealed class BearerTokenTests : IDisposable
{
    private const string Secret = "a secret of the tests with more than 32 bytes";
    private static readonly long Now = Clock.Start.ToUnixTimeSeconds();

    private readonly TemporaryFolder _folder = new();
    private readonly RSA _rsa = RSA.Create(2048);
    private readonly ECDsa _ec = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly Clock _clock = new();

    public void Dispose()
    {
        _rsa.Dispose();
        _ec.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("HS256")]
    [InlineData("RS256")]
    [InlineData("ES256")]
    public void A_good_token_of_each_algorithm_says_who_asks(string algorithm)
    {
        var tokens = Tokens();
        var claims = Claims(more: ""","tenant":"acme","tier":"small","scope":"openid market:read" """);
        var caller = tokens.Find(Make(algorithm, claims), out _)!;
        Assert.Equal(
            ("jwt:alice", ApiRole.User, "small", "acme", Scopes.MarketRead),
            (caller.Id, caller.Role, caller.Tier, caller.Tenant, caller.Scopes));
        var admin = tokens.Find(Make(algorithm, Claims(role: """["user","admin"]""")), out _)!;
        Assert.Equal((ApiRole.Admin, "large", "alice", ScopeNames.Of(ApiRole.Admin)), (admin.Role, admin.Tier, admin.Tenant, admin.Scopes));
    }

    public static TheoryData<string> Attacks() =>
    [
        "alg none", "alg NONE", "alg none with a signature", "no alg", "HS256 signed with the RSA public key",
        "HS256 signed with the EC public key", "RS256 header over an HS256 signature", "alg hs256", "HS512",
        "a foreign kid", "a kid where the key has none", "an empty kid", "a kid that is a number", "a kid with a path",
        "jwk of the attacker's own", "crit", "typ of another kind", "alg twice", "role twice", "a changed payload", "a cut signature",
        "no signature", "another secret", "another issuer", "no issuer", "another audience", "no audience", "expired", "no exp",
        "exp as text", "exp beyond the calendar", "negative exp", "not yet", "no sub", "sub not text", "no role", "role root",
        "role as object", "an unknown tier", "a tenant with a slash", "five parts", "one part", "two parts", "no base64", "no JSON",
        "not an object", "nested deep", "too long", "empty", "not ASCII", "a blank inside",
    ];

    [Theory]
    [MemberData(nameof(Attacks))]
    public void An_attack_opens_nothing_and_says_no_part_of_the_token(string attack)
    {
        var token = Attack(attack);
        Assert.Null(Tokens().Find(token, out var fault));
        Assert.NotEqual("", fault);
        Assert.All(token.Split('.').Where(part => part.Length > 8), part => Assert.DoesNotContain(part, fault, StringComparison.Ordinal));
    }

    [Fact]
    public void Any_changed_bit_of_a_token_refuses_it()
    {
        var tokens = Tokens();
        foreach (var algorithm in (string[])["HS256", "RS256", "ES256"])
        {
            var token = Make(algorithm, Claims());
            Assert.NotNull(tokens.Find(token, out _));
            for (var i = 0; i < token.Length; i++)
            {
                // The last character of a part has bits that decode to nothing: those are no change of the token's bytes.
                var ends = i + 1 == token.Length || token[i + 1] == '.';
                var other = token[i] == 'A' ? 'Q' : 'A';
                if (token[i] != '.' && !ends)
                {
                    Assert.Null(tokens.Find(token[..i] + other + token[(i + 1)..], out _));
                }
            }
        }
    }

    [Fact]
    public void The_clock_skew_counts_on_both_sides_and_a_remembered_token_ends_with_its_time()
    {
        var tokens = Tokens();
        var token = Make("HS256", Claims(exp: Now + 60, more: $$""","nbf":{{Now + 29}}"""));
        Assert.NotNull(tokens.Find(token, out _));
        Assert.Null(tokens.Find(Make("HS256", Claims(more: $$""","nbf":{{Now + 31}}""")), out _));
        _clock.Advance(TimeSpan.FromSeconds(89));
        Assert.NotNull(tokens.Find(token, out _));
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Null(tokens.Find(token, out var fault));
        Assert.Contains("time", fault, StringComparison.Ordinal);
    }

    [Fact]
    public void Keys_roll_by_kid_and_a_changed_file_takes_a_remembered_token_away()
    {
        using var next = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var file = Path.Combine(_folder.Path, "jwks.json");
        File.WriteAllText(file, Jwks(("old", _ec)));
        var tokens = Tokens(settings => settings with { Secret = null, PublicKeyFile = file, Keys = [] });
        var (old, fresh) = (Make("ES256", Claims(), kid: "old"), Make("ES256", Claims(), kid: "new", ec: next));
        Assert.NotNull(tokens.Find(old, out _));
        Assert.Null(tokens.Find(fresh, out _));
        Assert.Null(tokens.Find(Make("ES256", Claims()), out _));

        var texts = new Dictionary<string, string>(StringComparer.Ordinal);
        File.WriteAllText(file, Jwks(("old", _ec), ("new", next)));
        tokens.Reload(texts);
        Assert.True(tokens.Find(old, out _) is not null && tokens.Find(fresh, out _) is not null);

        using var third = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        File.WriteAllText(file, Jwks(("old", third), ("new", next)));
        tokens.Reload(texts);
        Assert.Null(tokens.Find(old, out _));
        Assert.NotNull(tokens.Find(Make("ES256", Claims(), kid: "old", ec: third), out _));
        File.WriteAllText(file, Jwks(("old", _ec), ("new", next)));
        tokens.Reload(texts);

        File.WriteAllText(file, "{ broken");
        tokens.Reload(texts);
        Assert.NotNull(tokens.Find(fresh, out _));

        File.WriteAllText(file, Jwks(("new", next)));
        tokens.Reload(texts);
        Assert.Null(tokens.Find(old, out _));
        Assert.NotNull(tokens.Find(fresh, out _));
    }

    [Fact]
    public void More_tokens_than_are_remembered_are_all_checked_rightly()
    {
        var tokens = Tokens(settings => settings with { CachedTokens = 16 });
        for (var round = 0; round < 2; round++)
        {
            for (var i = 0; i < 40; i++)
            {
                Assert.Equal($"jwt:u{i}", tokens.Find(Make("HS256", Claims(sub: $"u{i}")), out _)!.Id);
            }
        }
    }

    [Fact]
    public void A_strange_subject_is_called_by_a_hash_and_needs_a_tenant()
    {
        var caller = Tokens().Find(Make("HS256", Claims(sub: "a{b}\\n", more: ""","tenant":"acme" """)), out _)!;
        Assert.Matches("^jwt:sha256:[0-9a-f]{32}$", caller.Id);
        Assert.Null(Tokens().Find(Make("HS256", Claims(sub: "a{b}\\n")), out _));
    }

    [Theory]
    [InlineData("issuer")]
    [InlineData("audience")]
    [InlineData("secret")]
    [InlineData("tier")]
    [InlineData("no file")]
    [InlineData("private")]
    [InlineData("small RSA")]
    [InlineData("other curve")]
    [InlineData("two of a kid")]
    [InlineData("neither")]
    [InlineData("no kid in JWKS")]
    public void Settings_that_do_not_hold_stop_the_start_and_show_no_key(string what)
    {
        using var small = RSA.Create(1024);
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        var fault = Assert.Throws<SettingsException>(() => Tokens(settings => what switch
        {
            "issuer" => settings with { Issuer = null },
            "audience" => settings with { Audience = "" },
            "secret" => settings with { Secret = "short" },
            "tier" => settings with { DefaultTier = "gold" },
            "no file" => settings with { PublicKeyFile = "/no/such/file" },
            "private" => settings with { PublicKeyFile = Write(_rsa.ExportPkcs8PrivateKeyPem()) },
            "small RSA" => settings with { PublicKeyFile = Write(small.ExportSubjectPublicKeyInfoPem()) },
            "other curve" => settings with { PublicKeyFile = Write(other.ExportSubjectPublicKeyInfoPem()) },
            "two of a kid" => settings with { Keys = [new JwtKeySettings("a", Secret, null), new JwtKeySettings("a", Secret + "2", null)] },
            "neither" => settings with { Keys = [new JwtKeySettings("a", null, null)] },
            _ => settings with { PublicKeyFile = Write("""{"keys":[{"kty":"RSA","n":"AQ","e":"AQAB"}]}""") },
        }));
        Assert.Contains("akkacrypto.auth.jwt", fault.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_key_there_are_no_tokens() => Assert.Null(BearerTokens.Of(
        TestSettings.Create().Auth.Jwt, ["large", "free"], _clock, NullLogger<BearerTokens>.Instance));

    [Fact]
    public async Task Over_HTTP_a_token_opens_its_role_and_a_bad_one_is_401_with_the_reason()
    {
        var tokens = Tokens();
        await using var api = await ApiHost.StartAsync(tokens: tokens);
        foreach (var (role, path, status) in ((string, string, int)[])
            [
                ("\"user\"", "/orderbook?exchange=coinone&pair=btc-krw", 200), ("\"user\"", "/metrics", 403),
                ("\"admin\"", "/metrics", 200),
                ("\"none\"", "/metrics", 401),
            ])
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, path);
            request.Headers.TryAddWithoutValidation("Authorization", "Bearer " + Make("RS256", Claims(role: role)));
            using var response = await api.Client.SendAsync(request);
            Assert.Equal(status, (int)response.StatusCode);
            if (status == 401)
            {
                Assert.Equal(
                    ["ApiKey", "Bearer"], response.Headers.WwwAuthenticate.Select(way => way.Scheme).Order(StringComparer.Ordinal));
            }
        }
    }

    private BearerTokens Tokens(Func<JwtSettings, JwtSettings>? change = null)
    {
        var settings = TestSettings.Create().Auth.Jwt with
        {
            Issuer = "https://issuer", Audience = "akkacrypto", Secret = Secret, DefaultTier = "large",
            PublicKeyFile = Write(_rsa.ExportSubjectPublicKeyInfoPem()),
            Keys = [new JwtKeySettings("ec", null, Write(_ec.ExportSubjectPublicKeyInfoPem()))],
        };
        return BearerTokens.Of(change?.Invoke(settings) ?? settings, ["large", "small"], _clock, NullLogger<BearerTokens>.Instance)!;
    }

    private string Write(string text)
    {
        var file = Path.Combine(_folder.Path, Guid.NewGuid().ToString("N"));
        File.WriteAllText(file, text);
        return file;
    }

    private static string Claims(
        string sub = "alice", string role = "\"user\"", string iss = "\"https://issuer\"", string aud = "[\"other\",\"akkacrypto\"]",
        long? exp = null, string more = "") =>
        $$"""{"sub":"{{sub}}","role":{{role}},"iss":{{iss}},"aud":{{aud}},"exp":{{exp ?? Now + 3600}}{{more}}}""";

    private string Make(string algorithm, string claims, string? kid = null, ECDsa? ec = null) => algorithm switch
    {
        "ES256" => Sign(
            Header(algorithm, kid ?? (ec is null ? "ec" : null)), claims, data => (ec ?? _ec).SignData(data, HashAlgorithmName.SHA256)),
        "RS256" => Sign(Header(algorithm, kid), claims, data => _rsa.SignData(data, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)),
        _ => Sign(Header(algorithm, kid), claims, data => HMACSHA256.HashData(Encoding.UTF8.GetBytes(Secret), data)),
    };

    private static string Header(string algorithm, string? kid) => kid is null
        ? $$"""{"alg":"{{algorithm}}","typ":"JWT"}"""
        : $$"""{"alg":"{{algorithm}}","typ":"JWT","kid":"{{kid}}"}""";

    private static string Sign(string header, string claims, Func<byte[], byte[]> sign)
    {
        var body = $"{Encode(header)}.{Encode(claims)}";
        return $"{body}.{Base64Url.EncodeToString(sign(Encoding.ASCII.GetBytes(body)))}";
    }

    private static string Hs(string header, string claims, string secret = Secret) =>
        Sign(header, claims, data => HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), data));

    private static string Encode(string text) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(text));

    private static string Jwks(params (string Kid, ECDsa Key)[] keys) => JsonSerializer.Serialize(new
    {
        keys = keys.Select(key => (key.Kid, key.Key.ExportParameters(false).Q)).Select(key => new
        {
            kty = "EC", crv = "P-256", use = "sig", kid = key.Kid, x = Base64Url.EncodeToString(key.Q.X),
            y = Base64Url.EncodeToString(key.Q.Y),
        }),
    });

    private string Attack(string name)
    {
        const string Plain = """{"alg":"HS256","typ":"JWT"}""";
        var good = Make("HS256", Claims());
        var parts = good.Split('.');
        return name switch
        {
            "alg none" => $"{Encode("""{"alg":"none","typ":"JWT"}""")}.{parts[1]}.",
            "alg NONE" => $"{Encode("""{"alg":"NONE"}""")}.{parts[1]}.",
            "alg none with a signature" => Hs("""{"alg":"none"}""", Claims()),
            "no alg" => Hs("""{"typ":"JWT"}""", Claims()),
            "HS256 signed with the RSA public key" => Hs(Plain, Claims(), _rsa.ExportSubjectPublicKeyInfoPem()),
            "HS256 signed with the EC public key" => Hs(Header("HS256", "ec"), Claims(), _ec.ExportSubjectPublicKeyInfoPem()),
            "RS256 header over an HS256 signature" => Hs(Header("RS256", null), Claims()),
            "alg hs256" => Hs("""{"alg":"hs256"}""", Claims()),
            "HS512" => Sign(Header("HS512", null), Claims(), data => HMACSHA512.HashData(Encoding.UTF8.GetBytes(Secret), data)),
            "a foreign kid" or "a kid where the key has none" => Make("HS256", Claims(), kid: "foreign"),
            "an empty kid" => Hs("""{"alg":"HS256","kid":""}""", Claims()),
            "a kid that is a number" => Hs("""{"alg":"HS256","kid":1}""", Claims()),
            "a kid with a path" => Hs("""{"alg":"HS256","kid":"../../dev/null"}""", Claims(), ""),
            "jwk of the attacker's own" => Hs("""{"alg":"HS256","jwk":{"kty":"oct","k":"AAAA"}}""", Claims(), "\0\0\0"),
            "crit" => Hs("""{"alg":"HS256","crit":["exp"]}""", Claims()),
            "typ of another kind" => Hs("""{"alg":"HS256","typ":"dpop+jwt"}""", Claims()),
            "alg twice" => Hs("""{"alg":"none","alg":"HS256"}""", Claims()),
            "role twice" => Hs(Plain, Claims(more: ""","role":"admin" """)),
            "a changed payload" => $"{parts[0]}.{Encode(Claims(role: "\"admin\""))}.{parts[2]}",
            "a cut signature" => good[..^4],
            "no signature" => $"{parts[0]}.{parts[1]}.",
            "another secret" => Hs(Plain, Claims(), Secret + "x"),
            "another issuer" => Hs(Plain, Claims(iss: "\"https://issuer/\"")),
            "no issuer" => Hs(Plain, Claims(iss: "null")),
            "another audience" => Hs(Plain, Claims(aud: "\"other\"")),
            "no audience" => Hs(Plain, Claims(aud: "[]")),
            "expired" => Hs(Plain, Claims(exp: Now - 30)),
            "no exp" => Hs(Plain, """{"sub":"alice","role":"user","iss":"https://issuer","aud":"akkacrypto"}"""),
            "exp as text" => Hs(Plain, """{"sub":"alice","role":"user","iss":"https://issuer","aud":"akkacrypto","exp":"9999999999"}"""),
            "exp beyond the calendar" => Hs(Plain, Claims(exp: long.MaxValue)),
            "negative exp" => Hs(Plain, Claims(exp: -1)),
            "not yet" => Hs(Plain, Claims(more: $$""","nbf":{{Now + 60}}""")),
            "no sub" => Hs(Plain, Claims(sub: "")),
            "sub not text" => Hs(Plain, Claims().Replace("\"alice\"", "5", StringComparison.Ordinal)),
            "no role" => Hs(Plain, Claims(role: "[]")),
            "role root" => Hs(Plain, Claims(role: "\"root\"")),
            "role as object" => Hs(Plain, Claims(role: "{\"admin\":true}")),
            "an unknown tier" => Hs(Plain, Claims(more: ""","tier":"gold" """)),
            "a tenant with a slash" => Hs(Plain, Claims(more: ""","tenant":"a/b" """)),
            "five parts" => good + ".a.b",
            "one part" => parts[0],
            "two parts" => $"{parts[0]}.{parts[1]}",
            "no base64" => $"{parts[0]}.!!!!.{parts[2]}",
            "no JSON" => $"{Encode("hello")}.{parts[1]}.{parts[2]}",
            "not an object" => Hs("[]", Claims()),
            "nested deep" => Hs(Plain, Claims(more: $$""","x":{{new string('[', 20)}}{{new string(']', 20)}}""")),
            "too long" => Hs(Plain, Claims(more: $$""","x":"{{new string('x', 4000)}}" """)),
            "empty" => "",
            "not ASCII" => good + "\u00e9",
            "a blank inside" => good.Insert(3, " "),
            _ => throw new ArgumentOutOfRangeException(nameof(name), name, "no such attack"),
        };
    }
}
