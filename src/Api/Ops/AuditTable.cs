using AkkaCrypto.Api.Hosting;

namespace AkkaCrypto.Api.Ops;

/// <summary>The row of <c>/admin/audit</c>.</summary>
public static class AuditTable
{
    private const string Description =
        "Every admin act: of keys, streams, dead letters and the internal routes. An act that is one transaction has one entry, written in "
        + "that transaction; any other has two of one trace_id: begun, and then done, refused or failed. Entries can't be changed.";

    private const string Schema =
        """
        {"type":"object","additionalProperties":false,"required":["data","next_cursor"],"properties":{
          "data":{"type":"array","items":{"type":"object","additionalProperties":false,
            "required":["id","at","actor","act","target","before","after","outcome","trace_id"],"properties":{
              "id":{"type":"integer"},"at":{"type":"string","format":"date-time"},"actor":{"type":"string"},"act":{"type":"string"},
              "target":{"type":"string"},"before":true,"after":true,"outcome":{"enum":["begun","done","refused","failed"]},
              "trace_id":{"type":"string"}}}},
          "next_cursor":{"type":["string","null"]}}}
        """;

    private const string Example =
        """
        {"data":[{"id":7,"at":"2026-01-31T12:00:00Z","actor":"admin","act":"streams.patch","target":"trades","before":{},
        "after":{"batch-size":1000},"outcome":"done","trace_id":"0HN1234567:00000001"}],"next_cursor":null}
        """;

    public static IEnumerable<ApiRoute> Of(Audit audit, Requests requests) =>
    [
        new("GET", Audit.Path, "Ops", "Audit", "Who did what, newest first, in pages", Description, Audit.Parameters, Example, [503],
            requests.Handle(Audit.Parameters, Audit.Parse, audit.ListAsync)) { Schema = Schema },
    ];
}
