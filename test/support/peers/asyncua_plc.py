"""An OPC UA server by asyncua. Prints its port when it listens; each line on stdin is ["set"|"get", name, value]."""
import asyncio
import json
import logging
import socket
import sys

from asyncua import Server, ua

logging.disable(logging.CRITICAL)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


async def main():
    port = free_port()
    server = Server()
    await server.init()
    server.set_endpoint(f"opc.tcp://127.0.0.1:{port}")
    server.set_security_policy([ua.SecurityPolicyType.NoSecurity])
    space = await server.register_namespace("urn:holdfast:peer")
    plc = await server.nodes.objects.add_object(ua.NodeId("Plc", space), "Plc")
    kinds = {"Level": ua.VariantType.Int16, "Ready": ua.VariantType.Boolean, "Label": ua.VariantType.String}
    first = {"Level": 0, "Ready": False, "Label": "a text"}
    nodes = {}
    for name, kind in kinds.items():
        nodes[name] = await plc.add_variable(ua.NodeId(name, space), name, first[name], kind)
    await nodes["Level"].set_writable()
    async with server:
        print(json.dumps({"port": port, "namespace": space}), flush=True)
        lines = asyncio.StreamReader()
        await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
        while line := await lines.readline():
            act, name, value = json.loads(line)
            if act == "set":
                await nodes[name].write_value(ua.Variant(value, kinds[name]))
            print(json.dumps(await nodes[name].read_value()), flush=True)


asyncio.run(main())
