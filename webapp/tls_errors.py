"""The faults of serving over https: each builds its sentence from facts, in both languages."""

from collections.abc import Sequence
from pathlib import Path

from census.errors import CensusError


class HostNameError(CensusError):
    """
    A certificate cannot be made for such a name.

    Parameters
    ----------
    wrong
        The hosts that are none; empty where none was named.
    """

    def __init__(self, wrong: Sequence[str]) -> None:
        named = ", ".join(repr(host[:60]) for host in wrong)
        what_en = f"{named} is neither a host name nor an IP address" if wrong else "no host named"
        what_zh = f"{named} 不是主机名或 IP 地址" if wrong else "没有给出主机名"
        super().__init__(
            f"No certificate was made: {what_en}. Name what people type, such as "
            "`--host risk.bureau.lan --host 10.1.2.3`.",
            f"没有生成证书：{what_zh}。请写明人们输入的地址，例如 "
            "`--host risk.bureau.lan --host 10.1.2.3`。",
        )


class AuthorityKeyMissingError(CensusError):
    """
    The key of the authority that phones and desks trust is not there.

    Parameters
    ----------
    file
        Where it belongs.
    """

    def __init__(self, file: Path) -> None:
        super().__init__(
            f"Nothing was changed: {file} is not the key of the authority beside it. Put the key "
            "back, or make another authority with --new-authority; every phone and desk has to "
            "install that one then.",
            f"没有改动：{file} 不是旁边 CA 证书的私钥。请放回该私钥，或用 --new-authority "
            "另建 CA，此后每部手机和电脑都须重新安装。",
        )


class CertificateMissingError(CensusError):
    """
    There is no certificate to serve with.

    Parameters
    ----------
    folder
        Where it was looked for.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__(
            f"There is no certificate in {folder}. Make one with "
            "`riskatlas tls init --host NAME`, NAME being what people type.",
            f"{folder} 中没有证书。请先运行 `riskatlas tls init --host 名称`，"
            "名称即人们在地址栏输入的主机名。",
        )


class NginxMissingError(CensusError):
    """The program that speaks https is not installed."""

    def __init__(self) -> None:
        super().__init__(
            "nginx is not on this machine, which speaks https for Riskatlas. Nothing was started. "
            "Install it as root with `apt-get install -y nginx-light`.",
            "本机没有 nginx（https 由它提供）。没有启动任何程序。请以 root 身份运行 "
            "`apt-get install -y nginx-light`。",
        )
