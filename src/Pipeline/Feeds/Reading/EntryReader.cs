using System.Text.Json;
using AkkaCrypto.Contracts.Ops;

namespace AkkaCrypto.Pipeline.Feeds.Reading;

/// <summary>
/// Reads a list that is one of an element's fields entry by entry: objects, or rows, whose places have meanings. For lists that are taken
/// whole or not at all, such as a book's levels: an entry of another kind ends them like their own end, from which only
/// <see cref="IsAtEnd"/> tells it.
/// </summary>
internal ref struct EntryReader
{
    private readonly Element holder;
    private readonly int list;
    private readonly ReadOnlySpan<byte> json;
    private readonly FieldNames names;
    private readonly Span<JsonField> fields;
    private Utf8JsonReader reader;
    private string? path;
    private int index;

    /// <param name="list">The field, which must be a list.</param>
    /// <param name="names">Of the fields of an entry.</param>
    /// <param name="fields">Room for them.</param>
    public EntryReader(in Element holder, int list, FieldNames names, Span<JsonField> fields)
    {
        this.holder = holder;
        this.list = list;
        this.names = names;
        this.fields = fields;
        json = holder[list].Of(holder.Json);
        reader = new Utf8JsonReader(json);
        reader.Read();
        index = -1;
    }

    /// <summary>Whether every entry has been read.</summary>
    public bool IsAtEnd { get; private set; }

    /// <summary>How many values the row has that was read last; below zero where it was no row.</summary>
    public int Values { get; private set; }

    /// <summary>The next entry. False: there is none, or it is no object.</summary>
    public bool TryObject(out Element entry)
    {
        var isObject = IsNext(JsonTokenType.StartObject);
        if (isObject)
        {
            names.Read(ref reader, fields);
        }

        entry = isObject ? Entry() : default;
        return isObject;
    }

    /// <summary>The next entry. False: there is none, or it is no row of at least so many values.</summary>
    public bool TryRow(int least, out Element entry)
    {
        Values = IsNext(JsonTokenType.StartArray) ? Rows.ReadValues(ref reader, fields) : -1;
        var isRow = Values >= least;
        entry = isRow ? Entry() : default;
        return isRow;
    }

    /// <summary>Refuses the entry that was reached last.</summary>
    public readonly bool Refuse(RefusalCode code, string message)
    {
        holder.Into.Refuse(code, message, new ElementPath(path ?? holder.PathOf(list), index).ToString());
        return false;
    }

    private bool IsNext(JsonTokenType kind)
    {
        index++;
        reader.Read();
        IsAtEnd = reader.TokenType is JsonTokenType.EndArray;
        return reader.TokenType == kind;
    }

    private Element Entry() => new(json, fields, names, holder.Into, new ElementPath(path ??= holder.PathOf(list), index));
}
