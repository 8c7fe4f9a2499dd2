namespace AkkaCrypto.Actors.Auth;

/// <summary>The one script that decides and consumes. All its keys share the API key's hash tag; each gets its TTL here.</summary>
internal static class QuotaScript
{
    /// <summary>Arguments before the limits' nine each and the requests' two each.</summary>
    public const int Head = 4;

    public const int PerLimit = 9;

    /// <summary>
    /// KEYS: for each limit its key, of a fixed window without its start, which is appended here (same hash tag, so the same slot).
    /// ARGV: now in ms ('' is Redis' own clock), node, ms for which nothing may be leased from now on (0: leave it), number of limits; for
    /// each limit algorithm, capacity, length in ms, burst, units to lease beside the requests, start and units and rest of a slice that
    /// the node gives back, units that were used while Redis was away; then for each request its limits as bits, and its cost.
    /// <para>Answers for each limit start of the window in s, ms until it is whole again, units left, units lent to other nodes, units
    /// leased; then for each request 1 or 0, and for each limit units remaining and ms to wait (0: it was not in the way).</para>
    /// <para>Fixed: a hash of used, hold (leases nothing until), lent:node. Sliding: a hash of part → units, with sum, first, last and
    /// offset. GCRA: a hash of level (units × ms of the window, whole numbers below 2^53) and at; it drains by the capacity each ms.</para>
    /// </summary>
    public const string Text =
        """
        local now = tonumber(ARGV[1])
        if not now then
          local t = redis.call('TIME')
          now = t[1] * 1000 + math.floor(t[2] / 1000)
        end
        local node, hold, n = ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
        local function whole(x) return string.format('%.0f', x) end

        local Fixed, Sliding, Gcra = {}, {}, {}

        -- At most this part of what is left is leased at once: 1 / 8.
        local SHARE = 8

        function Fixed.load(l, slice)
          l.start = now - now % l.length
          l.key = l.key .. whole(l.start / 1000)
          local held = redis.call('HGETALL', l.key)
          l.new, l.used, l.mine, l.others, l.held, l.dirty = #held == 0, 0, 0, 0, 0, false
          for i = 1, #held, 2 do
            local value = tonumber(held[i + 1])
            if held[i] == 'used' then l.used = value
            elseif held[i] == 'hold' then l.held = value
            elseif held[i] == 'lent:' .. node then l.mine = value
            else l.others = l.others + value end
          end
          if slice.units > 0 and slice.start * 1000 == l.start then
            l.mine = math.max(0, l.mine - slice.units)
            l.used = math.max(0, l.used - slice.rest)
            l.dirty = true
          end
          if hold > 0 then
            l.held = now + hold
            l.dirty = true
          end
        end
        function Fixed.wait(l, cost)
          if l.used + cost <= l.burst then return 0 end
          return l.start + l.length - now
        end
        function Fixed.add(l, cost) l.used = l.used + cost end
        function Fixed.left(l) return math.max(0, l.capacity - l.used) end
        function Fixed.remaining(l) return Fixed.left(l) + l.others end
        function Fixed.reset(l) return l.start + l.length - now end
        function Fixed.lease(l)
          if l.want <= 0 or l.held > now then return 0 end
          local units = math.min(l.want, math.floor(Fixed.left(l) / SHARE))
          if units > 0 then
            l.used = l.used + units
            l.mine = l.mine + units
            l.dirty = true
          end
          return units
        end
        function Fixed.save(l)
          redis.call('HSET', l.key, 'used', whole(l.used), 'lent:' .. node, whole(l.mine), 'hold', whole(l.held))
          -- One window longer than it lasts: a clock that is set back a little finds what was used.
          if l.new then redis.call('PEXPIRE', l.key, whole(l.start + 2 * l.length - now)) end
        end

        local PARTS = 100
        function Sliding.load(l)
          local known = redis.call('HMGET', l.key, 'sum', 'first', 'last', 'offset')
          l.sum, l.first = tonumber(known[1] or 0), tonumber(known[2] or 0)
          local last
          last, l.offset = tonumber(known[3] or 0), tonumber(known[4] or 0)
          l.grain = l.length / PARTS
          -- A clock that was set back goes on from where it was: else what was used would seem to be in the future and stay for as long.
          l.now = now + l.offset
          if l.now < last then
            l.offset = l.offset + last - l.now
            l.now, l.dirty = last, true
          end
          l.at = math.floor(l.now / l.grain)
          -- A part has left when a whole window has passed since its end.
          local gone = l.at - PARTS - 1
          if gone >= l.first + PARTS then
            redis.call('DEL', l.key)
            l.sum, l.first = 0, gone + 1
          end
          while l.first <= gone do
            local units = redis.call('HGET', l.key, whole(l.first))
            if units then
              redis.call('HDEL', l.key, whole(l.first))
              l.sum, l.dirty = l.sum - units, true
            end
            l.first = l.first + 1
          end
        end
        local function parts(l)
          if not l.parts then
            local names = {}
            for at = l.first, l.at do names[#names + 1] = whole(at) end
            l.parts = redis.call('HMGET', l.key, unpack(names))
            for i = 1, #names do l.parts[i] = tonumber(l.parts[i] or 0) end
          end
          return l.parts
        end
        local function leaves(l, i) return (l.first + i) * l.grain + l.length - l.now end
        function Sliding.wait(l, cost)
          local excess = l.sum + cost - l.burst
          if excess <= 0 then return 0 end
          for i, units in ipairs(parts(l)) do
            excess = excess - units
            if excess <= 0 then return leaves(l, i) end
          end
          return l.length
        end
        function Sliding.add(l, cost)
          parts(l)
          l.parts[#l.parts] = l.parts[#l.parts] + cost
          l.sum = l.sum + cost
        end
        function Sliding.remaining(l) return math.max(0, l.capacity - l.sum) end
        Sliding.left = Sliding.remaining
        function Sliding.reset(l)
          if l.sum == 0 then return 0 end
          for i = #parts(l), 1, -1 do
            if l.parts[i] > 0 then return leaves(l, i) end
          end
          return l.length
        end
        function Sliding.lease() return 0 end
        function Sliding.save(l)
          redis.call('HSET', l.key, 'sum', whole(l.sum), 'first', whole(l.first), 'last', whole(l.now), 'offset', whole(l.offset))
          if l.parts then redis.call('HSET', l.key, whole(l.at), whole(l.parts[#l.parts])) end
          redis.call('PEXPIRE', l.key, whole(l.length + 2 * l.grain))
        end

        function Gcra.load(l)
          local known = redis.call('HMGET', l.key, 'level', 'at')
          -- A clock that was set back drains nothing, and goes on from there.
          local passed = now - tonumber(known[2] or now)
          l.level = math.max(0, tonumber(known[1] or 0) - math.max(0, passed) * l.capacity)
          l.dirty = passed < 0
        end
        function Gcra.wait(l, cost)
          return math.max(0, math.ceil((l.level + (cost - l.burst) * l.length) / l.capacity))
        end
        function Gcra.add(l, cost) l.level = l.level + cost * l.length end
        function Gcra.remaining(l) return math.max(0, math.floor((l.burst * l.length - l.level) / l.length)) end
        Gcra.left = Gcra.remaining
        function Gcra.reset(l) return math.ceil(l.level / l.capacity) end
        function Gcra.lease() return 0 end
        function Gcra.save(l)
          redis.call('HSET', l.key, 'level', whole(l.level), 'at', whole(now))
          redis.call('PEXPIRE', l.key, whole(Gcra.reset(l) + 1000))
        end

        local kinds = { fixed = Fixed, sliding = Sliding, gcra = Gcra }
        local limits = {}
        for i = 1, n do
          local a = 4 + (i - 1) * 9
          local l = { key = KEYS[i], kind = kinds[ARGV[a + 1]], capacity = tonumber(ARGV[a + 2]), length = tonumber(ARGV[a + 3]),
            burst = tonumber(ARGV[a + 4]), want = tonumber(ARGV[a + 5]) }
          l.kind.load(l, { start = tonumber(ARGV[a + 6]), units = tonumber(ARGV[a + 7]), rest = tonumber(ARGV[a + 8]) })
          local owed = tonumber(ARGV[a + 9])
          if owed > 0 then
            l.kind.add(l, owed)
            l.dirty = true
          end
          limits[i] = l
        end

        local decided = {}
        for r = 5 + n * 9, #ARGV, 2 do
          local mask, cost, allowed, waits = tonumber(ARGV[r]), tonumber(ARGV[r + 1]), 1, {}
          for i, l in ipairs(limits) do
            waits[i] = 0
            if bit.band(mask, bit.lshift(1, i - 1)) ~= 0 then
              waits[i] = l.kind.wait(l, math.min(cost, l.burst))
              if waits[i] > 0 then allowed = 0 end
            end
          end
          decided[#decided + 1] = allowed
          for i, l in ipairs(limits) do
            if allowed == 1 and bit.band(mask, bit.lshift(1, i - 1)) ~= 0 then
              l.kind.add(l, math.min(cost, l.burst))
              l.dirty = true
            end
            decided[#decided + 1] = l.kind.remaining(l)
            decided[#decided + 1] = waits[i]
          end
        end

        local answer = {}
        for i, l in ipairs(limits) do
          local leased = l.kind.lease(l)
          if l.dirty then l.kind.save(l) end
          local a = (i - 1) * 5
          answer[a + 1], answer[a + 2], answer[a + 3] = (l.start or 0) / 1000, l.kind.reset(l), l.kind.left(l)
          answer[a + 4], answer[a + 5] = l.others or 0, leased
        end
        for i = 1, #decided do answer[n * 5 + i] = decided[i] end
        return answer
        """;
}
