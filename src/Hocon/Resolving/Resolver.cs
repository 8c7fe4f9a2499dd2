using System.Runtime.CompilerServices;
using AkkaCrypto.Hocon.Syntax;

namespace AkkaCrypto.Hocon.Resolving;

/// <summary>
/// Nodes to a resolved tree. Evaluation is lazy (a slot is evaluated to its shape when something asks for it), memoised by slot, and
/// looks back only where it would otherwise meet itself.
/// </summary>
internal sealed class Resolver
{
    private readonly IReadOnlyDictionary<string, string> environment;
    private readonly Slot root;
    private readonly List<Slot> evaluating = [];
    private readonly Joiner joiner;
    private long steps;

    private Resolver(Node root, IReadOnlyDictionary<string, string> environment)
    {
        this.environment = environment;
        this.root = new Slot(null, "", [root]);
        joiner = new Joiner(Step);
    }

    public static HoconValue Resolve(Node root, IReadOnlyDictionary<string, string> environment)
    {
        var resolver = new Resolver(root, environment);
        return new DeepResolver(resolver.Evaluate).Resolve(resolver.root, 0)
            ?? throw new HoconException(root.Origin, "found nothing that has a value");
    }

    private void Step(HoconOrigin origin, long count)
    {
        steps += count;
        if (steps > HoconLimits.ResolvingSteps)
        {
            throw new HoconException(origin, $"substitutions expand to more than {HoconLimits.ResolvingSteps} steps");
        }
    }

    private Shape? Evaluate(Slot slot)
    {
        if (slot.Done || slot.Count == 0)
        {
            return slot.Value;
        }

        evaluating.Add(slot);
        if (evaluating.Count > HoconLimits.SubstitutionDepth || !RuntimeHelpers.TryEnsureSufficientExecutionStack())
        {
            throw new HoconException(slot.Origin, $"more than {HoconLimits.SubstitutionDepth} substitutions wait for one another");
        }

        slot.Finish(Compute(slot));
        evaluating.RemoveAt(evaluating.Count - 1);
        return slot.Value;
    }

    /// <summary>From the newest assignment back: objects pile up, and the first value that is no object ends the walk.</summary>
    private Shape? Compute(Slot slot)
    {
        var layers = new List<Layer>();
        for (var i = slot.Count - 1; i >= 0; i--)
        {
            slot.At = i;
            var assignment = slot.Assignment(i);
            var part = Evaluate(assignment, slot);
            if (part.Shape is not null)
            {
                if (layers.Count > 0)
                {
                    break;
                }

                slot.ViaOptional = assignment is SubstitutionNode { Optional: true };
                return part.Shape;
            }

            slot.ViaOptional = layers.Count == 0 && part.IsObject && assignment is SubstitutionNode { Optional: true };
            layers.InsertRange(0, part.Layers);
            if (part.HasEarlier)
            {
                break;
            }
        }

        return layers.Count == 0 ? null : joiner.Compose(layers, slot);
    }

    private Part Evaluate(Node node, Slot slot)
    {
        switch (node)
        {
            case ScalarNode scalar:
                return Part.Of(new ScalarShape(scalar.Value));
            case SpaceNode space:
                return Part.Of(new ScalarShape(new HoconString(space.Text, space.Origin)));
            case ArrayNode array:
                Step(array.Origin, array.Items.Count);
                return Part.Of(new ArrayShape([.. array.Items.Select((item, i) => new Slot(slot, $"{i}", [item]))], array.Origin));
            case ObjectNode written:
                return new Part(null, [new Layer(written, null)]);
            case SlotNode other:
                return Part.Of(Evaluate(other.Slot.Visible()));
            case EarlierNode:
                return Part.Of(Evaluate(slot.Visible())) with { HasEarlier = true };
            case SubstitutionNode substitution:
                return Substitute(substitution, slot);
            case ConcatenationNode concatenation:
                return joiner.Join([.. concatenation.Pieces.Select(piece => (piece, Evaluate(piece, slot)))], concatenation.Origin, slot);
            default:
                throw new InvalidOperationException($"No rule for {node.GetType().Name}.");
        }
    }

    private Part Substitute(SubstitutionNode substitution, Slot slot)
    {
        Slot? metItself = null;
        foreach (var candidate in substitution.Candidates)
        {
            var target = Find(candidate, ref metItself);
            if (target is not null && Evaluate(target) is { } shape)
            {
                return Part.Of(shape) with { HasEarlier = ReferenceEquals(target, slot.Visible()) };
            }
        }

        if (EnvironmentValues.Find(environment, substitution, slot) is { } outside)
        {
            return Part.Of(outside);
        }

        return substitution.Optional ? Part.Undefined : throw Unresolved(substitution, metItself);
    }

    private Slot? Find(HoconPath path, ref Slot? metItself)
    {
        var slot = See(root, ref metItself);
        foreach (var element in path.Elements)
        {
            if (Evaluate(slot) is not ObjectShape shape || !shape.Fields.TryGetValue(element, out var field))
            {
                return null;
            }

            slot = See(field, ref metItself);
        }

        return slot;
    }

    private static Slot See(Slot slot, ref Slot? metItself)
    {
        if (slot.Evaluating)
        {
            metItself = slot;
        }

        return slot.Visible();
    }

    private HoconException Unresolved(SubstitutionNode substitution, Slot? metItself)
    {
        if (metItself is null)
        {
            var tried = string.Join(" or ", substitution.Candidates);
            return new HoconException(
                substitution.Origin,
                    $"${{{substitution.Written}}} has no value: nothing sets {tried}, and no environment variable has that name");
        }

        var cycle = evaluating.Skip(evaluating.IndexOf(metItself)).Append(metItself).Select(slot => slot.Path().ToString());
        return new HoconException(
            substitution.Origin, $"${{{substitution.Written}}} is a cycle with nothing set before it: {string.Join(" → ", cycle)}");
    }
}
