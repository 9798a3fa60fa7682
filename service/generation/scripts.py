"""The Lua scripts of `permits`: each is one step that no other worker comes between."""

# Keys: held, accounts, turns, sent, waiting of this account, paused. Arguments: account, member, concurrency, calls,
# ms of the rate, ms of a lease. Answers 0 where the permit is taken, else the ms until the next try.
#
# Those who wait are spread: as many tries a second as twice the permits that were given of late, 20 at least, each
# account as often as the next. Between two tries a free permit waits for whoever comes first.
TAKE = """
local held, accounts, turns, sent, waiting, paused = unpack(KEYS)
local account, member = ARGV[1], ARGV[2]
local concurrency, calls, span, lease = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
local pause = redis.call('PTTL', paused)
if concurrency == 0 and calls == 0 and pause <= 0 then return 0 end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local LOOK_BACK, FORGET, SLACK, MOST = 10000, 3600000, 2000, 15000
for _, key in ipairs({held, accounts, waiting}) do redis.call('ZREMRANGEBYSCORE', key, '-inf', now) end
redis.call('ZREMRANGEBYSCORE', sent, '-inf', now - math.max(span, LOOK_BACK))
redis.call('ZREMRANGEBYSCORE', turns, '-inf', now - FORGET)
if redis.call('ZSCORE', held, member) then
  redis.call('ZADD', held, now + lease, member)
  return 0
end

local free, wait, counts = math.huge, math.max(pause, 0), {}
if wait > 0 then free = 0 end
if concurrency > 0 then
  local members = redis.call('ZRANGE', held, 0, -1)
  for _, one in ipairs(members) do
    local whose = string.match(one, '^[^/]*')
    counts[whose] = (counts[whose] or 0) + 1
  end
  free = math.min(free, concurrency - #members)
end
if calls > 0 then
  local since = '(' .. (now - span)
  local left = calls - redis.call('ZCOUNT', sent, since, '+inf')
  free = math.min(free, left)
  if left <= 0 then
    local oldest = redis.call('ZRANGEBYSCORE', sent, since, '+inf', 'WITHSCORES', 'LIMIT', 0, 1)
    wait = math.max(wait, oldest[2] + span - now)
  end
end

local function place(whose) return counts[whose] or 0, tonumber(redis.call('ZSCORE', turns, whose) or 0) end
local mine, since = place(account)
local before, waiting_accounts = 0, redis.call('ZRANGE', accounts, 0, -1)
for _, other in ipairs(waiting_accounts) do
  local theirs, last = place(other)
  if other ~= account and (theirs < mine or (theirs == mine and last < since)) then before = before + 1 end
end
local others = 0
for _, other in ipairs(waiting_accounts) do if other ~= account then others = others + 1 end end
if free > before then
  redis.call('ZADD', held, now + lease, member)
  redis.call('ZADD', sent, now, member .. ':' .. time[1] .. time[2])
  redis.call('ZADD', turns, now, account)
  redis.call('ZREM', waiting, member)
  if redis.call('ZCARD', waiting) == 0 then redis.call('ZREM', accounts, account) end
  for _, key in ipairs({held, sent, turns}) do redis.call('PEXPIRE', key, math.max(span, FORGET)) end
  return 0
end

redis.call('ZADD', waiting, now + MOST, member)
local given = redis.call('ZCOUNT', sent, now - LOOK_BACK, '+inf')
local apart = 50
if given > 100 then apart = 5000 / given end
wait = math.floor(wait + math.min(MOST, math.max(200, redis.call('ZCARD', waiting) * (others + 1) * apart)))
redis.call('ZADD', waiting, now + wait + SLACK, member)
redis.call('ZADD', accounts, 'GT', now + wait + SLACK, account)
redis.call('PEXPIRE', waiting, wait + SLACK)
redis.call('PEXPIRE', accounts, FORGET)
return wait
"""

# Key: held. Arguments: ms from now, 0 to give back, and the members.
RENEW = """
local lease = tonumber(table.remove(ARGV, 1))
if lease == 0 then return redis.call('ZREM', KEYS[1], unpack(ARGV)) end
local time = redis.call('TIME')
local ends = time[1] * 1000 + math.floor(time[2] / 1000) + lease
for _, member in ipairs(ARGV) do redis.call('ZADD', KEYS[1], ends, member) end
return redis.call('PEXPIRE', KEYS[1], 3600000)
"""
