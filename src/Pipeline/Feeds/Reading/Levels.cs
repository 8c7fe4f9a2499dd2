using System.Text.Json;
using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.Ops;

namespace AkkaCrypto.Pipeline.Feeds.Reading;

/// <summary>The levels of a book's side where each is an object; <see cref="Rows"/> reads those that are lists.</summary>
internal static class Levels
{
    private const int Price = 0;
    private const int Quantity = 1;

    /// <summary>False: the side isn't there, or a level can't be read, which is then refused.</summary>
    /// <param name="names">Of price and quantity.</param>
    /// <param name="keepsZeros">Whether a level of nothing takes a price away; else it is left out, whatever its price.</param>
    public static bool TryRead(in Element book, int side, FieldNames names, bool keepsZeros, List<BookLevel> levels)
    {
        if (book[side].Type is not JsonTokenType.StartArray)
        {
            return book.Refuse(side, RefusalCode.UnexpectedShape, "a list of levels");
        }

        var list = book[side].Of(book.Json);
        var reader = new Utf8JsonReader(list);
        reader.Read();
        Span<JsonField> fields = stackalloc JsonField[names.Count];
        for (var index = 0; reader.Read() && reader.TokenType is not JsonTokenType.EndArray; index++)
        {
            if (reader.TokenType is not JsonTokenType.StartObject)
            {
                return book.Refuse(side, RefusalCode.UnexpectedShape, "a list of levels, each an object with its price and quantity");
            }

            names.Read(ref reader, fields);
            var level = book.Within(side, list, fields, names, index);
            if (!level.Decimal(Quantity, Sign.NotNegative, out var quantity))
            {
                return false;
            }

            if (quantity > 0 || keepsZeros)
            {
                if (!level.Decimal(Price, Sign.Positive, out var price))
                {
                    return false;
                }

                levels.Add(new BookLevel(price, quantity));
            }
        }

        return true;
    }

    /// <summary>Bids from the highest price on, asks from the lowest.</summary>
    public static List<BookLevel> BestFirst(IEnumerable<BookLevel> levels, bool isBid) =>
        [.. isBid ? levels.OrderByDescending(level => level.Price) : levels.OrderBy(level => level.Price)];
}
