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

        var entries = new EntryReader(book, side, names, stackalloc JsonField[names.Count]);
        while (entries.TryObject(out var level))
        {
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

        return entries.IsAtEnd
            || book.Refuse(side, RefusalCode.UnexpectedShape, "a list of levels, each an object with its price and quantity");
    }

    /// <summary>Bids from the highest price on, asks from the lowest.</summary>
    public static List<BookLevel> BestFirst(IEnumerable<BookLevel> levels, bool isBid) =>
        [.. isBid ? levels.OrderByDescending(level => level.Price) : levels.OrderBy(level => level.Price)];
}
