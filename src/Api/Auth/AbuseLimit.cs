using System.Net;
using System.Net.Sockets;
using AkkaCrypto.Api.Caching;
using AkkaCrypto.Api.Errors;
using AkkaCrypto.Contracts.Settings;

namespace AkkaCrypto.Api.Auth;

/// <summary>
/// Invalid requests of the current minute, by key, or by the connection's address where there is no valid key. Past the limit a key is
/// refused whole, and an address only what it asks without a valid key: neighbours behind one address can't lock each other out. Behind a
/// proxy all share its address. Admins are not counted.
/// </summary>
public sealed class AbuseLimit(QuotaSettings settings, TimeProvider time)
{
    /// <summary>Past so many, the least recently seen are forgotten and begin anew: memory is bounded before strictness.</summary>
    private const int MostSubjects = 16_384;

    /// <summary>Of an IPv6 address, what a network gives to one customer.</summary>
    private const int CustomerPrefixBytes = 8;

    private readonly BoundedCache<MinuteWindow> _windows = new(MostSubjects, MostSubjects * 16L);

    public void Count(HttpContext context)
    {
        if (SubjectOf(context) is not { } subject)
        {
            return;
        }

        if (!_windows.TryGet(subject, out var window))
        {
            // Two first ones at once may both make a window; then one of the two isn't counted.
            _windows.Set(subject, window = new MinuteWindow(settings.InvalidRequestsPerMinute, time), 1);
        }

        window.Take();
    }

    /// <summary>Null while the caller may go on.</summary>
    public Problem? Refusal(HttpContext context) =>
        _windows.Count > 0 && SubjectOf(context) is { } subject
        && _windows.TryGet(subject, out var window) && window.IsUsedUp(out var seconds)
            ? new Problem(
                StatusCodes.Status429TooManyRequests, ProblemCodes.TooManyInvalidRequests,
                $"{settings.InvalidRequestsPerMinute} requests of this minute were invalid; the next ones are looked at in {seconds} s.",
                RetryAfter: TimeSpan.FromSeconds(seconds))
            : null;

    private static string? SubjectOf(HttpContext context) => Caller.Of(context) switch
    {
        { Role: ApiRole.Admin } => null,
        { } caller => "key " + caller.Id,
        null => context.Connection.RemoteIpAddress is { } address ? "address " + Network(address) : null,
    };

    private static string Network(IPAddress address) =>
        address.IsIPv4MappedToIPv6 ? address.MapToIPv4().ToString()
        : address.AddressFamily == AddressFamily.InterNetworkV6 ? Convert.ToHexString(address.GetAddressBytes(), 0, CustomerPrefixBytes)
        : address.ToString();
}
