"""What is said of a file whose reader fell, took too much, or took too long."""

import signal

from census.intake.allowance import MEGABYTE, Allowance
from census.intake.kinds import FileKind
from census.intake.raw import UnreadableError
from census.intake.reading_child import NO_MEMORY, NO_ROOM


def ending(code: int | None, kind: FileKind, allowance: Allowance) -> UnreadableError:
    """
    Put into words how a reader ended.

    Parameters
    ----------
    code
        Its exit code, below 0 for a signal; None where the clock ended it.
    kind
        What it read.
    allowance
        What it might use.

    Returns
    -------
    UnreadableError
        The fault.
    """
    if code in {None, -signal.SIGXCPU, -signal.SIGKILL}:
        return UnreadableError(
            kind.name,
            f"reading it takes more than {allowance.cpu_s} seconds of the processor, far more than "
            "a file of its size should: it is damaged, or made to harm; save it anew in its "
            "program, or deliver it in parts",
            f"读取用时超过 {allowance.cpu_s} 秒，远超同等大小的文件：文件损坏或有意为害；"
            "请在原程序中重新保存，或分成几个文件交付",
        )
    if code == NO_MEMORY:
        most = allowance.memory_bytes // MEGABYTE
        return UnreadableError(
            kind.name,
            f"reading it takes more than {most} MB of memory, far more than a file of its size "
            "should: it is damaged, or made to harm; save it anew in its program, or deliver it "
            "in parts",
            f"读取占用内存超过 {most} MB，远超同等大小的文件：文件损坏或有意为害；"
            "请在原程序中重新保存，或分成几个文件交付",
        )
    if code in {NO_ROOM, -signal.SIGXFSZ}:
        return UnreadableError(
            kind.name,
            "what it holds does not fit the room that a file of its size has; save it anew in its "
            "program, or deliver it in parts; if that does not help, look at the free space",
            "其内容超出同等大小文件应有的空间；请在原程序中重新保存，或分成几个文件交付；"
            "仍不行时请检查磁盘空间",
        )
    return fell(kind)


def fell(kind: FileKind) -> UnreadableError:
    """
    Say that the reader fell.

    Parameters
    ----------
    kind
        What it read.

    Returns
    -------
    UnreadableError
        The fault.
    """
    return UnreadableError(
        kind.name,
        "the program that reads it fell: the file is damaged, or made to harm; open it in the "
        "program that made it and save it anew",
        "读取程序因它而崩溃：文件损坏或有意为害；请用制作它的程序打开并重新保存",
    )
