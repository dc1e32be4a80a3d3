"""The faults of webapp: each class builds its sentence from facts, in English and Chinese."""

from pathlib import Path

from census.errors import CensusError


class PortTakenError(CensusError):
    """
    A port that a process needs is held by another program.

    Parameters
    ----------
    host
        Address to listen on.
    port
        The port.
    reason
        What the system answered.
    option
        Option that chooses another.
    """

    def __init__(self, host: str, port: int, reason: str, *, option: str = "--port") -> None:
        next_en, next_zh = (
            (" (the next one is needed too)", "（其后一个端口也要空闲）")
            if option == "--port"
            else ("", "")
        )
        super().__init__(
            f"Port {port} of {host} cannot be used: {reason}. Nothing was started. Choose another "
            f"port with {option}{next_en}, or end the program that holds it.",
            f"{host} 的端口 {port} 不能使用：{reason}。没有启动任何程序。请用 {option} 另选一个端口"
            f"{next_zh}，或结束占用它的程序。",
        )


class AlreadyServingError(CensusError):
    """
    The same home is already served on the same port.

    Parameters
    ----------
    process
        Process id of the server that runs.
    port
        Its port.
    """

    def __init__(self, process: int, port: int) -> None:
        super().__init__(
            f"Riskatlas already serves on port {port} (process {process}). Stop it with "
            "`riskatlas stop`, or choose another port with --port.",
            f"Riskatlas 已在端口 {port} 上运行（进程 {process}）。请先 `riskatlas stop`，"
            "或用 --port 另选端口。",
        )


class NotServingError(CensusError):
    """Nothing is served from this home."""

    def __init__(self) -> None:
        super().__init__(
            "Nothing to stop: Riskatlas is not serving from this home folder.",
            "没有可停止的服务：此数据文件夹没有正在运行的 Riskatlas。",
        )


class StartFailedError(CensusError):
    """
    A process does not answer after the start.

    Parameters
    ----------
    name
        Name of the process.
    seconds
        How long was waited.
    """

    def __init__(self, name: str, seconds: float) -> None:
        super().__init__(
            f"The {name} process does not answer after {seconds:.0f} s. Read the lines above, then "
            "`riskatlas doctor`.",
            f"{name} 进程在 {seconds:.0f} 秒后仍无应答。请看上面的输出，再运行 "
            "`riskatlas doctor`。",
        )


class FontMissingError(CensusError):
    """
    The font of sheets is not installed.

    Parameters
    ----------
    family
        Its name.
    """

    def __init__(self, family: str) -> None:
        super().__init__(
            f"The font {family} is not on this machine, so Chinese text would be empty boxes. "
            "Install it as root with `apt-get install -y fonts-noto-cjk`.",
            f"本机没有字体 {family}，中文会印成空框。请以 root 身份运行 "
            "`apt-get install -y fonts-noto-cjk`。",
        )


class OutputFolderError(CensusError):
    """
    Files cannot be written where they were asked for.

    Parameters
    ----------
    folder
        The folder or file.
    reason
        What the system answered.
    option
        Option that named the folder or a file in it.
    """

    def __init__(self, folder: object, reason: str, *, option: str = "--out") -> None:
        super().__init__(
            f"Nothing can be written to {folder}: {reason}. Choose another place with {option}.",
            f"无法写入 {folder}：{reason}。请用 {option} 另选位置。",
        )


class SecondFactorError(CensusError):
    """A code of the second factor is wrong, past its time, or let somebody in before."""

    def __init__(self) -> None:
        super().__init__(
            "This code is wrong or was used before. Wait for the next one on your telephone and "
            "type it in; if it fails again, check the telephone's clock.",
            "验证码不对或已经用过。请等手机上出现下一个验证码再输入；仍不行请检查手机时间。",
        )


class UnlikePasswordsError(CensusError):
    """The new password was typed differently the second time."""

    def __init__(self) -> None:
        super().__init__(
            "The two new passwords differ. Type the same one twice; nothing was changed.",
            "两次输入的新密码不一致。请重新输入；未作任何改动。",
        )


class DayError(CensusError):
    """
    A text is no day.

    Parameters
    ----------
    text
        What was typed.
    """

    def __init__(self, text: str) -> None:
        super().__init__(
            f"{text!r} is no day. Write it like 2026-12-31; nothing was changed.",
            f"“{text}”不是日期。请写成 2026-12-31 的样子；未作任何改动。",
        )


class SecondFactorLostError(CensusError):
    """The server's key has changed since the second factor was set up: no code can be checked."""

    def __init__(self) -> None:
        super().__init__(
            "The server's key has changed since you set up the second step, so no code can be "
            "checked; your telephone is not at fault. See the security administrator, who resets "
            "the second step; then you set it up anew. This try was not counted.",
            "服务器的密钥在您设置二次验证之后更换过，任何验证码都无法核对，与手机无关。"
            "请找安全管理员解除二次验证，然后重新设置。本次未计入失败次数。",
        )


class ChangeFileError(CensusError):
    """
    A list of changes was to be written as a kind of file that it is not written as.

    Parameters
    ----------
    file
        The file.
    """

    def __init__(self, file: Path) -> None:
        super().__init__(
            f"{file.name}: a list of changes is written as .xlsx or .csv (--out).",
            f"{file.name}：改动清单写成 .xlsx 或 .csv（--out）。",
        )
