"""The yardstick: uvicorn as Playhead runs it, reading a body and answering an empty 204."""

import asyncio
import signal
from typing import Any

import uvicorn
import uvloop

from playhead.server import http_config, leave_the_old_alone, listen, listeners, url_of

_START = {
    "type": "http.response.start",
    "status": 204,
    "headers": [(b"access-control-allow-origin", b"*")],
}
_END = {"type": "http.response.body", "body": b""}


async def answer(_scope: Any, receive: Any, send: Any) -> None:
    while (await receive()).get("more_body"):
        pass
    await send(_START)
    await send(_END)


async def main() -> None:
    opened = listen("127.0.0.1", 0)
    server = uvicorn.Server(http_config(answer))
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, server.handle_exit, 15, None)
    print(url_of(opened), flush=True)
    leave_the_old_alone()
    await server.serve(sockets=listeners(opened))


if __name__ == "__main__":
    uvloop.run(main())
