"""Databases full of history for ``benchmarks.reading``: made by Postgres itself, as many rows as are asked for.

Three years of five accounts, of which the first has six rows of ten, and the 90 days of three coins' public trades
that are kept by default, of which six of ten are large. However many rows there are, they fill the same time, so
that a month of days is as long.
"""

START, YEARS_MS = 1_672_531_200_000, 3 * 365 * 86_400_000
END = START + YEARS_MS
ADDRESSES = [f"0x{number:040x}" for number in range(1, 6)]
TRADES_MS = 90 * 86_400_000
TIME = f"{START} + i * {YEARS_MS} / {{rows}}"
TRADE_TIME = f"{END - TRADES_MS} + i * {TRADES_MS} / {{rows}}"
COIN = "(ARRAY['BTC', 'ETH', 'SOL', 'HYPE', 'xyz:GOLD'])[1 + i % 5]"
ACCOUNT = "(CASE WHEN i % 10 < 6 THEN 1 ELSE 2 + i % 4 END)"

FILLS = f"""
INSERT INTO snapshots_fill (account_id, time, received_at, coin, side, px, sz, start_position, dir, closed_pnl,
    hash, oid, tid, crossed, fee, fee_token)
SELECT {ACCOUNT}, {TIME}, {TIME} + 200, {COIN}, CASE WHEN i % 2 = 0 THEN 'B' ELSE 'A' END, 84143.5 + i % 1000,
    (1 + i % 977) / 1000.0, (i % 5003) / 100.0, 'Open Long', (i % 2003 - 1000) / 10.0,
    '0x' || lpad(to_hex(i), 64, '0'), i / 3, i, i % 3 = 0, (i % 101) / 100.0, 'USDC'
FROM generate_series({{first}}::bigint, {{last}}::bigint) i
"""
TRADES = f"""
INSERT INTO snapshots_tradesnapshot (coin, time, tid, side, px, sz, notional, buyer, seller, received_at)
SELECT (ARRAY['BTC', 'ETH', 'HYPE'])[1 + i % 3], {TRADE_TIME}, i, CASE WHEN i % 2 = 0 THEN 'B' ELSE 'A' END,
    84143.5 + i % 1000, (1 + i % 977) / 1000.0, CASE WHEN i % 10 < 6 THEN 10000 ELSE 0 END + i % 9000,
    '{ADDRESSES[0]}', '{ADDRESSES[1]}', {TRADE_TIME} + 200
FROM generate_series({{first}}::bigint, {{last}}::bigint) i
"""
EQUITY = f"""
INSERT INTO snapshots_equitysnapshot (account_id, time, received_at, mode, equity, reason, is_estimate, lines)
SELECT {ACCOUNT}, {TIME}, {TIME} + 200, 'default', 100000 + i % 5003, '', false, '[]'
FROM generate_series({{first}}::bigint, {{last}}::bigint, 5) i
"""
"""A fifth as many: at ten million fills one for each minute of the five accounts, or about that."""
DAYS = """
INSERT INTO snapshots_daybook (account_id, zone) SELECT id, 'UTC' FROM snapshots_account;
INSERT INTO snapshots_dayresult (book_id, day, coin, token, fills, volume, price_pnl, fees, fundings, funding)
SELECT book.id, to_timestamp(time / 1000)::date, coin, fee_token, count(*), sum(px * sz), sum(closed_pnl),
    sum(fee), 0, 0
FROM snapshots_fill fill JOIN snapshots_daybook book USING (account_id) GROUP BY 1, 2, 3, 4;
"""
"""What ``snapshots.days`` sums, by Postgres: ten million rows in Python would take an hour."""
AT_ONCE = 1_000_000


def moment_of(row: int, rows: int, span: int = YEARS_MS) -> int:
    """The time (Unix ms) of the row with this number, where the rows fill so many ms."""
    return END - span + row * span // rows


def load(rows: int) -> None:
    """Fill the database that Django is connected to."""
    from django.db import connection

    from snapshots.models import Account
    from snapshots.partitions import ensure_months

    Account.objects.bulk_create(
        Account(pk=number, address=one, added_at=0) for number, one in enumerate(ADDRESSES, 1)
    )
    ensure_months(range(END - TRADES_MS, END + 86_400_000, 86_400_000))
    with connection.cursor() as cursor:
        cursor.execute("SET max_parallel_workers_per_gather = 2; SET work_mem = '128MB'")
        for sql in (FILLS, TRADES, EQUITY):
            for first in range(1, rows + 1, AT_ONCE):
                last = min(rows, first + AT_ONCE - 1)
                cursor.execute(sql.format(rows=rows, first=first, last=last))
        cursor.execute(DAYS)
        cursor.execute("VACUUM ANALYZE")
        cursor.execute("CHECKPOINT")
    connection.close()  # with its settings
