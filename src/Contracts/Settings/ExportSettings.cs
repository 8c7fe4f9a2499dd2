using System.ComponentModel.DataAnnotations;

namespace AkkaCrypto.Contracts.Settings;

/// <summary>Answers as CSV and NDJSON: <c>akkacrypto.export</c>.</summary>
public sealed record ExportSettings([Range(typeof(TimeSpan), "00:00:00.100", "1.00:00:00")] TimeSpan WriteTimeout);
