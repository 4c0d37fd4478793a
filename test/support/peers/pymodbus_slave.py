"""A Modbus TCP slave by pymodbus. Prints its port when it listens; each line on stdin is ["set"|"get", table, address, value]."""
import asyncio
import json
import logging
import socket
import sys

from pymodbus.datastore import ModbusSlaveContext, ModbusSequentialDataBlock, ModbusServerContext
from pymodbus.server import ModbusTcpServer

logging.disable(logging.CRITICAL)
CODES = {"coil": 1, "discrete": 2, "holding": 3, "input": 4}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


async def main():
    port = free_port()
    # pymodbus counts a block from 1 where the wire counts from 0.
    block = lambda: ModbusSequentialDataBlock(1, [0] * 1000)
    slave = ModbusSlaveContext(co=block(), di=block(), hr=block(), ir=block())
    server = ModbusTcpServer(ModbusServerContext(slaves=slave, single=True), address=("127.0.0.1", port))
    await server.listen()
    print(json.dumps({"port": port}), flush=True)
    lines = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    while line := await lines.readline():
        act, table, address, value = json.loads(line)
        if act == "set":
            slave.setValues(CODES[table], address, [value])
        print(json.dumps(slave.getValues(CODES[table], address, 1)[0]), flush=True)
    await server.shutdown()


asyncio.run(main())
