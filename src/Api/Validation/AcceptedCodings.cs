using Microsoft.Extensions.Primitives;

namespace AkkaCrypto.Api.Validation;

/// <summary>The forms in which a body can be sent (RFC 9110, 8.4.1).</summary>
public enum Coding
{
    Identity,
    Gzip,
    Brotli,
}

/// <summary>
/// What <c>Accept-Encoding</c> says of the codings that are offered (RFC 9110, 12.5.3): weights in thousandths, 0 where one is refused.
/// A member that can't be read counts as not there. Reading allocates nothing.
/// </summary>
public readonly record struct AcceptedCodings(int Identity, int Gzip, int Brotli)
{
    private const int Full = 1000;

    /// <summary>Nothing said of it: acceptable, but anything that was named is liked better.</summary>
    private const int Unnamed = -1;

    private static readonly AcceptedCodings IdentityOnly = new(Full, 0, 0);

    /// <summary>False: whatever is sent, the client has refused it.</summary>
    public bool Any => Identity != 0 || Gzip > 0 || Brotli > 0;

    public static AcceptedCodings Of(HttpRequest request)
    {
        var header = request.Headers.AcceptEncoding;
        return header.Count == 0 ? IdentityOnly : Read(header);
    }

    /// <summary>The coding to send; null where <see cref="Any"/> is false. Of equals the smaller form is taken.</summary>
    /// <param name="worthIt">Whether the body is large enough to gain from a coding; a small one goes as it is, unless that is
    /// refused.</param>
    public Coding? Choose(bool worthIt)
    {
        if (!Any)
        {
            return null;
        }

        if (!worthIt && Identity != 0)
        {
            return Coding.Identity;
        }

        var best = Brotli >= Gzip ? Brotli : Gzip;
        return best > 0 && best >= Identity ? Brotli >= Gzip ? Coding.Brotli : Coding.Gzip : Coding.Identity;
    }

    private static AcceptedCodings Read(StringValues header)
    {
        var (identity, gzip, brotli, others) = (Unnamed, Unnamed, Unnamed, Unnamed);
        foreach (var line in header)
        {
            foreach (var member in line.AsSpan().Split(','))
            {
                Take(line.AsSpan(member), ref identity, ref gzip, ref brotli, ref others);
            }
        }

        // "*" speaks for what is not named; without it only identity may still be sent.
        return new AcceptedCodings(
            identity != Unnamed ? identity : others == 0 ? 0 : Unnamed,
            gzip != Unnamed ? gzip : Math.Max(0, others),
            brotli != Unnamed ? brotli : Math.Max(0, others));
    }

    private static void Take(ReadOnlySpan<char> member, ref int identity, ref int gzip, ref int brotli, ref int others)
    {
        var end = member.IndexOf(';');
        var name = (end < 0 ? member : member[..end]).Trim();
        if (!TryReadWeight(end < 0 ? default : member[(end + 1)..].Trim(), out var weight))
        {
            return;
        }

        if (Is(name, "gzip") || Is(name, "x-gzip"))
        {
            gzip = weight;
        }
        else if (Is(name, "br"))
        {
            brotli = weight;
        }
        else if (Is(name, "identity"))
        {
            identity = weight;
        }
        else if (name is "*")
        {
            others = weight;
        }
    }

    private static bool Is(ReadOnlySpan<char> name, string coding) => name.Equals(coding, StringComparison.OrdinalIgnoreCase);

    /// <summary><c>q=0.5</c>: 0 to 1 with at most three digits; nothing is 1.</summary>
    private static bool TryReadWeight(ReadOnlySpan<char> text, out int weight)
    {
        weight = Full;
        if (text.IsEmpty)
        {
            return true;
        }

        if (text.Length is < 3 or > 7 || text[0] is not ('q' or 'Q') || text[1] != '=' || text[2] is not ('0' or '1')
            || (text.Length > 3 && text[3] != '.'))
        {
            return false;
        }

        weight = (text[2] - '0') * Full;
        for (var (i, unit) = (4, Full / 10); i < text.Length; i++, unit /= 10)
        {
            if (!char.IsAsciiDigit(text[i]))
            {
                return false;
            }

            weight += (text[i] - '0') * unit;
        }

        return weight <= Full;
    }
}
