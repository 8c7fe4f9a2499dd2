using AkkaCrypto.Contracts.Auth;

namespace AkkaCrypto.Api.Tests.Auth;

public sealed class ApiKeyTextTests
{
    private const int Seed = 20260131;

    private static string NewKey(Random random, string environment = "live") =>
        ApiKeyText.Compose(environment, new string(random.GetItems<char>(ApiKeyText.Alphabet, ApiKeyText.RandomLength)));

    [Fact]
    public void A_key_is_of_its_environment_and_of_no_other()
    {
        var key = NewKey(new Random(Seed));
        Assert.Matches("^ak_live_[0-9A-Za-z]{43}_[0-9A-Za-z]{6}$", key);
        Assert.True(ApiKeyText.IsWellFormed(key, "live"));
        foreach (var other in (string[])["demo", "liv", "live2", ""])
        {
            Assert.False(ApiKeyText.IsWellFormed(key, other));
        }
    }

    [Fact]
    public void Every_wrong_missing_doubled_or_swapped_character_is_seen()
    {
        var random = new Random(Seed);
        for (var run = 0; run < 20; run++)
        {
            var key = NewKey(random);
            for (var i = 0; i < key.Length; i++)
            {
                Refuse(key.Remove(i, 1));
                Refuse(key.Insert(i, key[i].ToString()));
                foreach (var wrong in ApiKeyText.Alphabet + "_- \u0130\0")
                {
                    if (wrong != key[i])
                    {
                        Refuse(key[..i] + wrong + key[(i + 1)..]);
                    }
                }

                if (i > 0 && key[i] != key[i - 1])
                {
                    Refuse(key[..(i - 1)] + key[i] + key[i - 1] + key[(i + 1)..]);
                }
            }
        }

        static void Refuse(string key) => Assert.False(ApiKeyText.IsWellFormed(key, "live"), $"seed {Seed}: {key}");
    }

    [Theory]
    [InlineData("Live", null)]
    [InlineData("", null)]
    [InlineData("a_b", null)]
    [InlineData("live", "short")]
    [InlineData("live", "___________________________________________")]
    public void Parts_that_have_not_their_form_make_no_key(string environment, string? random) =>
        Assert.Throws<ArgumentException>(() => ApiKeyText.Compose(environment, random ?? new string('a', ApiKeyText.RandomLength)));
}
