"""Command that makes the certificates of https: tls init."""

import argparse
import socket

from webapp import certificates, serve
from webapp.commands.console import Console
from webapp.front import tls_folder


def run_tls_init(asked: argparse.Namespace, console: Console) -> int:
    """
    Make the bureau's certificate authority, where there is none, and the server's certificate.

    Parameters
    ----------
    asked
        What was typed.
    console
        Where to speak.

    Returns
    -------
    int
        0.
    """
    made = certificates.make(
        tls_folder(console.settings),
        asked.host or own_hosts(),
        new_authority=asked.new_authority,
    )
    told = {
        "authority": str(made.authority),
        "authority_key": str(made.authority.with_suffix(".key")),
        "fingerprint_sha256": made.fingerprint,
        "authority_until": made.authority_until.isoformat(),
        "server_until": made.server_until.isoformat(),
        "hosts": list(made.hosts),
    }
    until, names = made.server_until.date(), ", ".join(made.hosts)
    console.say(
        f"已为 {names} 签发证书，有效期至 {until}。请在每部手机和电脑上安装一次 "
        f"{made.authority}，并核对 SHA-256 指纹：{made.fingerprint}。CA 私钥请妥善保管。"
        "然后运行 riskatlas serve --tls。",
        f"Certificate for {names} until {until}. Install {made.authority} once on every phone and "
        f"desk and compare its SHA-256: {made.fingerprint}. Keep the key beside it safe. Then: "
        "riskatlas serve --tls",
    )
    if serve.serving(console.settings):
        console.say(
            "服务正在运行，不会自动改用此证书：请 riskatlas stop，再 riskatlas serve --tls。",
            "The running server does not take it up by itself: riskatlas stop, then serve --tls.",
        )
    console.answer(told)
    return 0


def own_hosts() -> list[str]:
    """
    Name what this machine is called by where nobody says it.

    Returns
    -------
    list
        Its name in the network, and how it calls itself.
    """
    called = [socket.gethostname().lower(), "localhost", "127.0.0.1"]
    return [host for host in dict.fromkeys(called) if certificates.is_host(host)]
