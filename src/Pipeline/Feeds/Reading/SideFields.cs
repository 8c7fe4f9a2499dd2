namespace AkkaCrypto.Pipeline.Feeds.Reading;

/// <summary>
/// Fields that stand beside a record and are none of what it is made of: a supply past every decimal, a name without end. Such a field is
/// unknown where it can't be read, and the record stays; it is told by <see cref="Normalised.Unread"/>, for a refusal would count the
/// record twice: among the taken and among the rejected.
/// </summary>
/// <param name="into">Where the getters of <see cref="Element"/> put their refusals.</param>
internal readonly struct SideFields(Normalised into)
{
    private readonly int refusals = into.Refusals.Count;

    /// <summary>Takes back what was refused since these fields began; a getter's value is null wherever it refused.</summary>
    public void Forgive()
    {
        var unread = into.Refusals.Count - refusals;
        if (unread > 0)
        {
            into.Refusals.RemoveRange(refusals, unread);
            into.Unread += unread;
        }
    }
}
