"""Starts the kernel that pip has installed, as Jupyter does."""

from jupyter_client.manager import start_new_kernel

manager, client = start_new_kernel(kernel_name="riffle")
try:
    printed = []
    reply = client.execute_interactive(
        "%echo hello",
        output_hook=lambda m: printed.append(m["content"]["text"]) if m["msg_type"] == "stream" else None,
        timeout=60,
    )
    assert reply["content"]["status"] == "ok", reply
    assert printed == ["hello\n"], printed
finally:
    client.stop_channels()
    manager.shutdown_kernel()
