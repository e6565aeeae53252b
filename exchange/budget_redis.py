"""The Budget's counting for many processes, in Redis; the twin of ``budget_memory``.

Each step is one Lua script, and so atomic. Time is the caller's clock, as everywhere in the house.
"""

from typing import Any

from redis import Redis

from exchange.budget_memory import WAITING_MS
from exchange.budget_store import Ask, LedgerLine

_NOTE = """
local function note(ledger, feature, limit, what, amount)
  redis.call('HINCRBY', ledger, limit .. '|' .. what .. '|' .. feature, amount)
end
"""

_TAKE = (
    _NOTE
    + """
local times, amounts, waiting, ledger = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local id, amount, ceiling, interactive = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4] == '1'
local window, now, nap = tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7])
if amount > ceiling then return -1 end
redis.call('ZREMRANGEBYSCORE', waiting, '-inf', now)
for _, gone in ipairs(redis.call('ZRANGEBYSCORE', times, '-inf', now - window)) do
  redis.call('HDEL', amounts, gone)
  redis.call('ZREM', times, gone)
end
local over = amount - ceiling
for _, each in ipairs(redis.call('HVALS', amounts)) do over = over + tonumber(each) end
local wait = 0
if over > 0 then
  wait = window
  local rows = redis.call('ZRANGE', times, 0, -1, 'WITHSCORES')
  for i = 1, #rows, 2 do
    over = over - tonumber(redis.call('HGET', amounts, rows[i]))
    if over <= 0 then wait = math.max(1, tonumber(rows[i + 1]) + window - now) break end
  end
elseif not interactive and redis.call('ZCARD', waiting) > 0 then
  wait = 100
end
if wait > 0 then
  if interactive then
    redis.call('ZADD', waiting, now + nap, id)
    redis.call('PEXPIRE', waiting, 600000)
  end
  return wait
end
redis.call('ZREM', waiting, id)
redis.call('ZADD', times, now, id)
redis.call('HSET', amounts, id, amount)
redis.call('PEXPIRE', times, 600000)
redis.call('PEXPIRE', amounts, 600000)
note(ledger, ARGV[8], ARGV[9], 'used', amount)
note(ledger, ARGV[8], ARGV[9], 'waited', tonumber(ARGV[10]))
return 0
"""
)

_CORRECT = (
    _NOTE
    + """
local amounts, ledger, actual = KEYS[1], KEYS[2], tonumber(ARGV[2])
local was = tonumber(redis.call('HGET', amounts, ARGV[1]) or ARGV[3])
if redis.call('HEXISTS', amounts, ARGV[1]) == 1 then redis.call('HSET', amounts, ARGV[1], actual) end
note(ledger, ARGV[4], ARGV[5], 'used', actual - was)
note(ledger, ARGV[4], ARGV[5], 'corrected', was - actual)
"""
)

_TOTAL = """
local function total(leases, now)
  local most, sum = {}, 0
  local rows = redis.call('HGETALL', leases)
  for i = 1, #rows, 2 do
    local amount, untl = string.match(rows[i + 1], '(%d+):(%d+)')
    local name = string.match(rows[i], '^(.*)|')
    if tonumber(untl) <= now then redis.call('HDEL', leases, rows[i])
    else most[name] = math.max(tonumber(amount), most[name] or 0) end
  end
  for _, amount in pairs(most) do sum = sum + amount end
  return sum
end
"""

_HOLD = (
    _NOTE
    + _TOTAL
    + """
local leases, ledger, key, now = KEYS[1], KEYS[2], ARGV[1], tonumber(ARGV[3])
local before = total(leases, now)
local was = redis.call('HGET', leases, key)
redis.call('HSET', leases, key, ARGV[2])
local after = total(leases, now)
if after > tonumber(ARGV[4]) and after > before then
  if was then redis.call('HSET', leases, key, was) else redis.call('HDEL', leases, key) end
  note(ledger, ARGV[5], ARGV[6], 'refused', 1)
  return 0
end
note(ledger, ARGV[5], ARGV[6], 'used', math.max(0, after - before))
return 1
"""
)

_HELD = _TOTAL + "return total(KEYS[1], tonumber(ARGV[1]))"

_RENEW = """
local renewed = {}
for _, key in ipairs(redis.call('HKEYS', KEYS[1])) do
  local name, holder = string.match(key, '^(.*)|(.*)$')
  local amount, untl = string.match(redis.call('HGET', KEYS[1], key), '(%d+):(%d+)')
  if holder == ARGV[1] and tonumber(untl) > tonumber(ARGV[2]) then
    redis.call('HSET', KEYS[1], key, amount .. ':' .. ARGV[3])
    table.insert(renewed, name)
  end
end
return renewed
"""

HELD_LIMITS = ("sockets", "subscriptions", "users", "posts")


class RedisStore:
    """``prefix`` tells one IP address's budget from another's, for instance by network."""

    def __init__(self, redis: "Redis", prefix: str = "budget") -> None:
        self._redis: Any = redis
        self._prefix = "{" + prefix + "}"  # the braces keep all keys on one node of a cluster
        script = self._redis.register_script
        self._take, self._correct, self._hold = script(_TAKE), script(_CORRECT), script(_HOLD)
        self._held, self._renew = script(_HELD), script(_RENEW)

    def _keys(self, limit: str, *kinds: str) -> list[str]:
        return [f"{self._prefix}:{kind}:{limit}" for kind in kinds] + [f"{self._prefix}:ledger"]

    def take(self, ask: Ask, window: int, now: int, waited: int) -> int | None:
        keys = self._keys(ask.limit, "times", "amounts", "waiting")
        args: list[Any] = [ask.id, ask.amount, ask.ceiling, int(ask.interactive), window, now, WAITING_MS]
        wait = int(self._take(keys, [*args, ask.feature, ask.limit, waited]))
        return None if wait < 0 else wait

    def give_up(self, ask: Ask) -> None:
        waiting, ledger = self._keys(ask.limit, "waiting")
        with self._redis.pipeline(transaction=True) as both:
            both.zrem(waiting, ask.id).hincrby(ledger, f"{ask.limit}|refused|{ask.feature}", 1).execute()

    def correct(self, ask: Ask, actual: int) -> None:
        self._correct(self._keys(ask.limit, "amounts"), [ask.id, actual, ask.amount, ask.feature, ask.limit])

    def spent(self, limit: str, window: int, now: int) -> int:
        times, amounts, _ = self._keys(limit, "times", "amounts")
        ids = self._redis.zrangebyscore(times, f"({now - window}", "+inf")
        return sum(int(amount or 0) for amount in self._redis.hmget(amounts, ids)) if ids else 0

    def hold(self, ask: Ask, name: str, holder: str, now: int, expires: int) -> bool:
        args: list[Any] = [f"{name}|{holder}", f"{ask.amount}:{expires}", now, ask.ceiling, ask.feature, ask.limit]
        return bool(self._hold(self._keys(ask.limit, "leases"), args))

    def release(self, limit: str, name: str, holder: str) -> None:
        self._redis.hdel(self._keys(limit, "leases")[0], f"{name}|{holder}")

    def renew(self, holder: str, now: int, expires: int) -> set[tuple[str, str]]:
        return {
            (limit, _text(name))
            for limit in HELD_LIMITS
            for name in self._renew(self._keys(limit, "leases"), [holder, now, expires])
        }

    def held(self, limit: str, now: int) -> int:
        return int(self._held(self._keys(limit, "leases"), [now]))

    def ledger(self) -> list[LedgerLine]:
        lines: dict[tuple[str, str], dict[str, int]] = {}
        for key, count in self._redis.hgetall(f"{self._prefix}:ledger").items():
            limit, what, feature = _text(key).split("|", 2)
            lines.setdefault((feature, limit), {})[what] = int(count)
        return [LedgerLine(feature, limit, **counts) for (feature, limit), counts in sorted(lines.items())]


def _text(raw: bytes | str) -> str:
    return raw.decode() if isinstance(raw, bytes) else raw
