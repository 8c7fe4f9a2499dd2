namespace AkkaCrypto.Pipeline.Feeds.Budgets;

/// <summary>The one script that decides and consumes. All its keys share the provider's hash tag; each has a TTL.</summary>
internal static class BudgetScript
{
    /// <summary>Arguments before the windows' six each and the requests' two each.</summary>
    public const int Head = 7;

    /// <summary>
    /// KEYS: state, nodes, log, reported, then a list of buckets <c>index:weight</c> for each window.
    /// ARGV: now in ms ('' is Redis' own clock), node, its TTL in ms, hold in ms, report id, report log, the latest now at which the
    /// caller still waits ('': it is not known); for each window length, grain, margin, budget (-1: none), reserve, reported use; then
    /// priority and weight of each request, most urgent first.
    /// Answers now, granted, wait, held, nodes, and the use of each window; past the latest now it does nothing and answers now alone.
    /// Mirrors <see cref="SlidingUse"/>.
    /// </summary>
    public const string Text =
        """
        local state, node = KEYS[1], ARGV[2]
        local known = redis.call('HMGET', state, 'now', 'offset', 'hold')
        local last, offset, hold = tonumber(known[1] or 0), tonumber(known[2] or 0), tonumber(known[3] or 0)
        local now = tonumber(ARGV[1])
        if not now then
          local t = redis.call('TIME')
          now = t[1] * 1000 + math.floor(t[2] / 1000)
        end
        -- A clock that was set back goes on from where it was: else what was used would seem to be in the future and stay for ever.
        now = now + offset
        if now < last then
          offset = offset + last - now
          now = last
        end
        -- Whoever asked has given up by now, and what would be granted would never start.
        if ARGV[7] ~= '' and now > tonumber(ARGV[7]) then return { now } end
        if tonumber(ARGV[4]) > 0 then hold = math.max(hold, now + tonumber(ARGV[4])) end

        redis.call('ZADD', KEYS[2], now + ARGV[3], node)
        redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now)
        redis.call('PEXPIRE', KEYS[2], ARGV[3])

        local function bucket(text)
          local at, weight = string.match(text, '(%d+):(%d+)')
          return tonumber(at), tonumber(weight)
        end

        local function leaves(w, at) return (at + 1) * w.grain + w.length + w.margin end

        local function add(w, weight)
          local at, newest = math.floor(now / w.grain), redis.call('LINDEX', w.key, -1)
          local before, already = -1, 0
          if newest then before, already = bucket(newest) end
          if before == at then
            redis.call('LSET', w.key, -1, string.format('%.0f:%.0f', at, already + weight))
          else
            redis.call('RPUSH', w.key, string.format('%.0f:%.0f', at, weight))
            redis.call('PEXPIRE', w.key, w.length + w.margin + 2 * w.grain)
          end
          w.sum = w.sum + weight
        end

        local fresh = ARGV[5] ~= '' and redis.call('GET', KEYS[4]) ~= ARGV[5]
        local windows = {}
        for i = 1, 4 do
          local a = 7 + (i - 1) * 6
          local w = { key = KEYS[4 + i], length = tonumber(ARGV[a + 1]), grain = tonumber(ARGV[a + 2]), margin = tonumber(ARGV[a + 3]),
            budget = tonumber(ARGV[a + 4]), reserve = tonumber(ARGV[a + 5]) }
          w.sum = tonumber(redis.call('HGET', state, 'sum' .. i) or 0)
          while true do
            local oldest = redis.call('LINDEX', w.key, 0)
            if not oldest then
              w.sum = 0
              break
            end
            local at, weight = bucket(oldest)
            if leaves(w, at) > now then break end
            redis.call('LPOP', w.key)
            w.sum = w.sum - weight
          end
          local reported = tonumber(ARGV[a + 6])
          if fresh and reported > 0 then add(w, reported) end
          windows[i] = w
        end

        local function note(field, text)
          -- The log proves; it decides nothing, so what it can't take (a clock before its newest entry) must not stop a grant.
          redis.pcall('XADD', KEYS[3], 'MAXLEN', '~', 100000, string.format('%.0f-*', now), field, text)
        end

        if fresh then
          redis.call('SET', KEYS[4], ARGV[5], 'PX', 86400000)
          if ARGV[6] ~= '' then note('l:' .. node, ARGV[6]) end
        end

        local function until_room(w, most)
          local left = w.sum
          for _, text in ipairs(redis.call('LRANGE', w.key, 0, -1)) do
            local at, weight = bucket(text)
            left = left - weight
            if left <= most then return leaves(w, at) - now end
          end
          return w.length + w.margin + w.grain
        end

        -- Somebody more urgent waits on another node: he says so for a moment, again at each ask.
        local function behind(priority)
          for p = 0, priority - 1 do
            local marker = redis.call('HGET', state, 'wait' .. p)
            if marker then
              local ends, whose = string.match(marker, '(%d+):(.*)')
              if tonumber(ends) > now and whose ~= node then return math.min(tonumber(ends) - now, 100) end
            end
          end
          return 0
        end

        local granted, wait, notes = 0, 0, {}
        for i = 32, #ARGV, 2 do
          local priority, weight = tonumber(ARGV[i]), tonumber(ARGV[i + 1])
          wait = math.max(hold - now, behind(priority))
          if wait <= 0 then
            for _, w in ipairs(windows) do
              local most = w.budget - (priority > 0 and w.reserve or 0) - weight
              if w.budget >= 0 and w.sum > most then wait = math.max(wait, until_room(w, most)) end
            end
            if wait > 0 then redis.call('HSET', state, 'wait' .. priority, string.format('%.0f:%s', now + 1250, node)) end
          end
          if wait > 0 then break end
          for _, w in ipairs(windows) do add(w, weight) end
          redis.call('HDEL', state, 'wait' .. priority)
          granted = granted + 1
          notes[granted] = ARGV[i] .. ':' .. ARGV[i + 1]
        end
        if granted > 0 then note('g', table.concat(notes, ',')) end

        redis.call('HSET', state, 'now', now, 'offset', offset, 'hold', hold,
          'sum1', windows[1].sum, 'sum2', windows[2].sum, 'sum3', windows[3].sum, 'sum4', windows[4].sum)
        local month = windows[4].length + windows[4].margin + 2 * windows[4].grain
        redis.call('PEXPIRE', state, month)
        redis.call('PEXPIRE', KEYS[3], month)
        return { now, granted, math.max(wait, 0), math.max(hold - now, 0), redis.call('ZCARD', KEYS[2]),
          windows[1].sum, windows[2].sum, windows[3].sum, windows[4].sum }
        """;
}
