using AkkaCrypto.Api.Hosting;
using AkkaCrypto.Contracts.Settings;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace AkkaCrypto.Api.Logs;

/// <summary>
/// Sends traces (requests, calls to providers, database commands) and metrics to a collector by OTLP, where one is configured; else it is
/// nothing. A collector that is away costs the spans past the exporter's bound and nothing else.
/// </summary>
public sealed class Telemetry : IAsyncDisposable
{
    private readonly TracerProvider? _traces;
    private readonly MeterProvider? _metrics;
    private readonly FeedInstruments? _feeds;

    private Telemetry(TracerProvider? traces, MeterProvider? metrics, FeedInstruments? feeds) =>
        (_traces, _metrics, _feeds) = (traces, metrics, feeds);

    public static Telemetry Start(AkkaCryptoSettings settings, ServiceParts parts)
    {
        if (settings.Telemetry.OtlpEndpoint is not { } endpoint)
        {
            return new Telemetry(null, null, null);
        }

        var telemetry = settings.Telemetry;
        var resource = ResourceBuilder.CreateDefault().AddService("akkacrypto", serviceInstanceId: Environment.MachineName)
            .AddAttributes([new KeyValuePair<string, object>("deployment.environment.name", settings.Profile)]);
        var feeds = new FeedInstruments(parts.Feeds, parts.Governors);
        var traces = Sdk.CreateTracerProviderBuilder().SetResourceBuilder(resource)
            .SetSampler(new ParentBasedSampler(new TraceIdRatioBasedSampler(telemetry.SampleRatio)))
            .AddSource(RequestSpan.SourceName, "System.Net.Http", "Npgsql")
            .AddOtlpExporter(exporter => Address(exporter, telemetry, endpoint, "/v1/traces"))
            .Build();
        var metrics = Sdk.CreateMeterProviderBuilder().SetResourceBuilder(resource)
            .AddMeter("AkkaCrypto.*", "System.Runtime", "Npgsql", "Microsoft.AspNetCore.Server.Kestrel")
            .AddOtlpExporter((exporter, reader) =>
            {
                Address(exporter, telemetry, endpoint, "/v1/metrics");
                reader.PeriodicExportingMetricReaderOptions.ExportIntervalMilliseconds = (int)telemetry.MetricsEvery.TotalMilliseconds;
            })
            .Build();
        return new Telemetry(traces, metrics, feeds);
    }

    /// <summary>What is gathered is sent, for at most a second each: a collector that is away must not hold up a stop.</summary>
    public async ValueTask DisposeAsync()
    {
        const int LongestMilliseconds = 1000;
        await Task.Run(() =>
        {
            _traces?.Shutdown(LongestMilliseconds);
            _metrics?.Shutdown(LongestMilliseconds);
        });
        _traces?.Dispose();
        _metrics?.Dispose();
        _feeds?.Dispose();
    }

    /// <summary>By HTTP each signal has a path of its own (OTLP 1.x); by gRPC the address alone is said.</summary>
    private static void Address(OtlpExporterOptions exporter, TelemetrySettings telemetry, string endpoint, string path)
    {
        var isGrpc = telemetry.OtlpProtocol == "grpc";
        exporter.Protocol = isGrpc ? OtlpExportProtocol.Grpc : OtlpExportProtocol.HttpProtobuf;
        exporter.Endpoint = new Uri(isGrpc ? endpoint : endpoint.TrimEnd('/') + path);
    }
}
