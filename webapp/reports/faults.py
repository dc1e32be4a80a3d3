"""Refuse what a telephone sends, with a sentence that says what to do; it keeps what it holds."""

from collections.abc import Sequence

from census.errors import CensusError


class ReportBodyError(CensusError):
    """
    A report cannot be read; every fault of it is told at once.

    Parameters
    ----------
    faults
        Field, and what is wrong with it in English and Chinese.
    """

    def __init__(self, faults: Sequence[tuple[str, str, str]]) -> None:
        self.fields = [name for name, _, _ in faults]
        told_en = "; ".join(f"{name}: {en}" for name, en, _ in faults)
        told_zh = "；".join(f"{name}：{zh}" for name, _, zh in faults)
        super().__init__(
            f"The report cannot be read: {told_en}. It stays in the telephone.",
            f"上报内容无法读取：{told_zh}。内容仍保留在手机中。",
        )


class BrokenPhotoError(CensusError):
    """What was sent is not what its hash says."""

    def __init__(self) -> None:
        super().__init__(
            "The photo did not arrive whole. It stays in the telephone: send it again.",
            "照片没有完整到达，仍保留在手机中；请重新发送。",
        )


class NoPhotoError(CensusError):
    """What was sent is no picture that can be opened."""

    def __init__(self) -> None:
        super().__init__(
            "This file is no photo (JPEG, PNG or WebP) that can be opened. Take the picture again.",
            "该文件不是可以打开的照片（JPEG、PNG 或 WebP）。请重新拍摄。",
        )


class HugePhotoError(CensusError):
    """
    A picture has more pixels than are opened.

    Parameters
    ----------
    most_pixels
        Limit.
    """

    def __init__(self, most_pixels: int) -> None:
        million = most_pixels // 1_000_000
        super().__init__(
            f"The picture has more than {million} million pixels. Take it with a smaller setting.",
            f"照片超过 {million} 百万像素。请用较小的尺寸拍摄。",
        )
