namespace AkkaCrypto.Simulator.Market;

/// <summary>The extremes of a span, found without reading its seconds.</summary>
internal sealed partial class LogPath
{
    /// <summary>
    /// Branch and bound over the cells of the octaves, from the coarsest that the span needs down to single seconds. Every octave as coarse
    /// as a cell or coarser is monotone in it, so the larger of its two ends bounds it; the finer ones are bounded by their amplitudes.
    /// </summary>
    /// <param name="before">For each part and octave the value at the knot before the cell that is being looked into; scratch.</param>
    /// <param name="after">The same at the knot after it. The cells inside share these two, so a knot is computed once on the way
    /// down.</param>
    private ref struct ExtremeSearch(LogPath path, long from, long to, int sign, Span<double> before, Span<double> after)
    {
        private const int Children = 4;

        private readonly Span<double> before = before;
        private readonly Span<double> after = after;
        private (long Second, double Value) best = (from, double.NegativeInfinity);

        public long Find()
        {
            var top = 1;
            while (top < Octaves - 1 && Period(top) < to - from)
            {
                top++;
            }

            for (var cell = from >> (2 * top); cell <= (to - 1) >> (2 * top); cell++)
            {
                for (var i = 0; i < before.Length; i++)
                {
                    var own = (cell << (2 * top)) >> (2 * (i % Octaves));
                    before[i] = Knot(i, own);
                    after[i] = Knot(i, own + 1);
                }

                Visit(top, cell);
            }

            return best.Second;
        }

        // Looks into one cell of octave k; the knots of its own octave and of every coarser one are in place.
        private void Visit(int k, long cell)
        {
            Span<long> ends = stackalloc long[Children + 1];
            for (var i = 0; i < ends.Length; i++)
            {
                ends[i] = Math.Clamp((cell << (2 * k)) + (i * Period(k - 1)), from, to);
            }

            Span<double> knots = stackalloc double[path.parts * ends.Length];
            Span<double> bounds = stackalloc double[Children];
            bounds.Fill(path.finer[k - 1]);
            AddCoarser(k, cell, ends, bounds);
            AddChildren(k - 1, cell * Children, ends, bounds, knots);

            // The most promising child first, so that the others are cut.
            for (var child = Largest(bounds); bounds[child] > best.Value; child = Largest(bounds))
            {
                if (k == 1)
                {
                    best = (ends[child], bounds[child]);
                    return;
                }

                for (var part = 0; part < path.parts; part++)
                {
                    before[(part * Octaves) + k - 1] = knots[(part * ends.Length) + child];
                    after[(part * Octaves) + k - 1] = knots[(part * ends.Length) + child + 1];
                }

                Visit(k - 1, (cell * Children) + child);
                bounds[child] = double.NegativeInfinity;
            }
        }

        // What the octaves from k on add to the bounds of the children of a cell of octave k.
        private readonly void AddCoarser(int k, long cell, ReadOnlySpan<long> ends, Span<double> bounds)
        {
            for (var i = 0; i < before.Length; i++)
            {
                if (i % Octaves < k)
                {
                    continue;
                }

                var start = (cell << (2 * k)) >> (2 * (i % Octaves)) << (2 * (i % Octaves));
                var value = Between(before[i], after[i], (ends[0] - start) * Frequencies[i % Octaves]);
                for (var child = 0; child < Children; child++)
                {
                    var next = Between(before[i], after[i], (ends[child + 1] - start) * Frequencies[i % Octaves]);

                    // A second is known, not bounded.
                    bounds[child] += k == 1 ? value : Math.Max(value, next);
                    value = next;
                }
            }
        }

        // What the children's own octave adds, whose knots are computed here; a child without a second of the span has no bound.
        private readonly void AddChildren(int k, long first, ReadOnlySpan<long> ends, Span<double> bounds, Span<double> knots)
        {
            for (var part = 0; part < path.parts; part++)
            {
                var own = knots.Slice(part * ends.Length, ends.Length);
                for (var i = 0; i < own.Length; i++)
                {
                    own[i] = Knot((part * Octaves) + k, first + i);
                }

                for (var child = 0; child < Children; child++)
                {
                    var start = (first + child) << (2 * k);
                    var value = Between(own[child], own[child + 1], (ends[child] - start) * Frequencies[k]);
                    var last = Between(own[child], own[child + 1], (ends[child + 1] - start) * Frequencies[k]);
                    bounds[child] += k == 0 ? value : Math.Max(value, last);
                }
            }

            for (var child = 0; child < Children; child++)
            {
                bounds[child] = ends[child] < ends[child + 1] ? bounds[child] : double.NegativeInfinity;
            }
        }

        private readonly double Knot(int i, long cell) => sign * path.amplitudes[i] * path.Knot(i, cell);

        private static int Largest(ReadOnlySpan<double> bounds)
        {
            var largest = 0;
            for (var i = 1; i < bounds.Length; i++)
            {
                largest = bounds[i] > bounds[largest] ? i : largest;
            }

            return largest;
        }
    }
}
