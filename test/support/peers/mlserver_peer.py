# Runs MLServer (Open Inference Protocol v2) in a folder of its own. Says its port when the model is ready.
import ctypes
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

here = os.path.dirname(os.path.abspath(__file__))


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


port = free_port()
folder = tempfile.mkdtemp()
settings = {
    "debug": False,
    "host": "127.0.0.1",
    "http_port": port,
    "grpc_port": free_port(),
    "metrics_port": free_port(),
    "parallel_workers": 0,
}
model = {"name": "damage", "implementation": "damage_model.DamageModel"}
with open(os.path.join(folder, "settings.json"), "w") as file:
    json.dump(settings, file)
with open(os.path.join(folder, "model-settings.json"), "w") as file:
    json.dump(model, file)



def die_with_parent():
    # PR_SET_PDEATHSIG: whoever kills this script kills the server, too.
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


# The script's own first line names the folder in which the environment was made, before it was moved.
server = subprocess.Popen(
    [sys.executable, os.path.join(os.path.dirname(sys.executable), "mlserver"), "start", folder],
    env={**os.environ, "PYTHONPATH": here},
    stdout=sys.stderr,
    preexec_fn=die_with_parent if sys.platform == "linux" else None,
)
try:
    for _ in range(600):
        if server.poll() is not None:
            sys.exit("mlserver ended")
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/v2/models/damage/ready", timeout=1)
            break
        except OSError:
            time.sleep(0.1)
    print(json.dumps({"url": f"http://127.0.0.1:{port}"}), flush=True)
    sys.stdin.read()
finally:
    server.kill()
