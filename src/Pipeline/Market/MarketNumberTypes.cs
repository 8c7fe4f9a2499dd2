using System.Buffers;
using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Storage.Postgres;
using Npgsql;
using Npgsql.Internal;
using Npgsql.Internal.Postgres;

// The driver's way to teach it a type may change in a later version of it; the version is pinned, and another would not compile.
#pragma warning disable NPG9001

namespace AkkaCrypto.Pipeline.Market;

/// <summary>Lets the driver take <c>numeric</c> as <see cref="MarketNumber"/>, and lists of them as arrays: its own <see cref="decimal"/>
/// ends at 28 decimals.</summary>
public static class MarketNumberTypes
{
    private const string Numeric = "pg_catalog.numeric";

    public static void UseMarketNumbers(this NpgsqlDataSourceBuilder builder) => builder.AddTypeInfoResolverFactory(new Factory());

    /// <summary>The same in a row of a COPY.</summary>
    internal static void Number(this CopyWriter writer, in MarketNumber value) =>
        writer.Numeric(value.IsNegative, value.Coefficient, value.Scale);

    private sealed class Factory : PgTypeInfoResolverFactory
    {
        public override IPgTypeInfoResolver CreateResolver() => new Resolver(Single());

        public override IPgTypeInfoResolver CreateArrayResolver() => new Resolver(Arrays());

        private static TypeInfoMappingCollection Single()
        {
            var mappings = new TypeInfoMappingCollection();
            mappings.AddStructType<MarketNumber>(
                Numeric, static (options, mapping, _) => mapping.CreateInfo(options, new Converter()));
            return mappings;
        }

        private static TypeInfoMappingCollection Arrays()
        {
            var mappings = Single();
            mappings.AddStructArrayType<MarketNumber>(Numeric);
            return mappings;
        }
    }

    private sealed class Resolver(TypeInfoMappingCollection mappings) : IPgTypeInfoResolver
    {
        public PgTypeInfo? GetTypeInfo(Type? type, DataTypeName? dataTypeName, PgSerializerOptions options) =>
            type is null ? null : mappings.Find(type, dataTypeName, options); // who asks for no type is given the driver's
    }

    private sealed class Converter : PgBufferedConverter<MarketNumber>
    {
        // A sum of the largest and the smallest numbers has some 700 digits, four of them in two bytes.
        private const int LongestSum = 512;

        public override bool CanConvert(DataFormat format, out BufferRequirements bufferRequirements)
        {
            bufferRequirements = BufferRequirements.Create(Size.CreateUpperBound(LongestSum));
            return format is DataFormat.Binary;
        }

        public override Size GetSize(SizeContext context, MarketNumber value, ref object? writeState)
        {
            Span<byte> form = stackalloc byte[PostgresNumeric.LongestBytes];
            return Write(form, value);
        }

        protected override MarketNumber ReadCore(PgReader reader)
        {
            var bytes = reader.ReadBytes(reader.CurrentRemaining);
            var form = bytes.IsSingleSegment ? bytes.FirstSpan : bytes.ToArray();
            if (PostgresNumeric.TryRead(form, out var isNegative, out var coefficient, out var scale))
            {
                return MarketNumber.Rounded(isNegative, coefficient, scale);
            }

            var number = PostgresNumeric.ReadLong(form);
            return MarketNumber.Rounded(number.IsNegative, number.Coefficient, number.Scale);
        }

        protected override void WriteCore(PgWriter writer, MarketNumber value)
        {
            Span<byte> form = stackalloc byte[PostgresNumeric.LongestBytes];
            writer.WriteBytes(form[..Write(form, value)]);
        }

        private static int Write(Span<byte> form, in MarketNumber value) =>
            PostgresNumeric.Write(form, value.IsNegative, value.Coefficient, value.Scale);
    }
}
