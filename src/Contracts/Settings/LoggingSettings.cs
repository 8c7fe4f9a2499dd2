using System.ComponentModel.DataAnnotations;

namespace AkkaCrypto.Contracts.Settings;

/// <summary><c>akkacrypto.logging</c>.</summary>
public sealed record LoggingSettings(
    [RegularExpression("verbose|debug|information|warning|error")] string Level,
    [RegularExpression("all|refused|none")] string Requests,
    bool Progress,
    [Required(AllowEmptyStrings = false)] string Folder,
    [Range(64L * 1024, 1L << 40)] long FileMaxBytes,
    [Range(1, 10_000)] int FilesKept);

/// <summary><c>akkacrypto.telemetry</c>.</summary>
public sealed record TelemetrySettings(
    string? OtlpEndpoint,
    [RegularExpression("grpc|http/protobuf")] string OtlpProtocol,
    [Range(0.0, 1.0)] double SampleRatio,
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")] TimeSpan MetricsEvery);
