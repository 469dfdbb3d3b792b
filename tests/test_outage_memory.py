"""What waits for the store waits on disk: tries that fail leave nothing in memory."""

from pathlib import Path

import httpx

from clickhouse import clickhouse_front
from support import Server, beacon, deliver, session_id, wait_until

BODIES, LINES = 6, 100
# A batch, its rows and the same once more compressed; tries that were kept would be some hundred.
MOST_MORE_MIB = 130


def test_an_outage_costs_as_much_memory_as_one_try(tmp_path: Path) -> None:
    # Rows of some 35 kB, so that few of them are a batch.
    wide = {"duration": 2000, "watched": [[at, at + 0.5, 1] for at in range(2000)]}
    with clickhouse_front() as front:
        server = Server(tmp_path / "data", ("--api-limit", "0"), store=front.url("sessions"))
        server.start()
        account = server.account()
        lines = [beacon(account, **wide) for _ in range(LINES)]
        try:
            with httpx.Client(base_url=server.url, timeout=60) as http:
                deliver(http, account, [beacon(account)])
                server.settle()
                before = server.memory_mib()
                front.stop()
                for _ in range(BODIES):
                    sessions = [line | {"session": session_id()} for line in lines]
                    deliver(http, account, sessions)
                failed = tries(server)
                wait_until(lambda: tries(server) > failed + 1)
                assert server.memory_mib() < before + MOST_MORE_MIB
                front.start()
                server.settle()
                answer = http.get("/v1/stats/account.json", headers=account.headers)
            assert answer.json()["load_count"] == BODIES * LINES + 1
        finally:
            server.kill()


def tries(server: Server) -> int:
    """How often it has tried in vain to move a batch."""
    return sum(each["event"] == "drain.waiting" for each in server.events)
