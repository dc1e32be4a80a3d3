"""The faults of wall screens and their links; no sentence repeats a link."""

from census.errors import CensusError

LONGEST = 40


class DisplayFileError(CensusError):
    """
    The file of profiles makes no sense.

    Parameters
    ----------
    faults
        What is wrong, row by row.
    """

    def __init__(self, faults: list[str]) -> None:
        said = "; ".join(faults) or "no profile"
        super().__init__(
            f"The profiles of screens (data/reference/displays.toml) make no sense: {said}. "
            "Correct the rows and start again.",
            f"展示屏方案（data/reference/displays.toml）有误：{said}。请改正后重新启动。",
        )


class UnknownProfileError(CensusError):
    """
    A profile was asked for that is not there.

    Parameters
    ----------
    name
        The name asked for.
    known
        The profiles that there are.
    """

    def __init__(self, name: str, known: list[str]) -> None:
        super().__init__(
            f"There is no screen profile {name[:LONGEST]!r}. Profiles: {', '.join(known)}.",
            f"没有名为“{name[:LONGEST]}”的展示屏方案。可用方案：{'、'.join(known)}。",
        )


class ScreenNameError(CensusError):
    """
    A text cannot name a screen.

    Parameters
    ----------
    name
        The text.
    """

    def __init__(self, name: str) -> None:
        super().__init__(
            f"{name[:LONGEST]!r} cannot name a screen: 1 to {LONGEST} visible characters are "
            "needed, such as 'Town hall, lobby'.",
            f"“{name[:LONGEST]}”不能用作屏幕名称：需要 1 至 {LONGEST} 个可见字符，"
            "例如“镇政府大厅”。",
        )


class ScreenExistsError(CensusError):
    """
    Another screen has the name.

    Parameters
    ----------
    name
        The name.
    """

    def __init__(self, name: str) -> None:
        super().__init__(
            f"There is a screen {name!r} already. Take another name, or revoke that link first.",
            f"已有名为“{name}”的展示屏。请换一个名称，或先撤销原链接。",
        )


class UnknownScreenError(CensusError):
    """
    No screen has the name.

    Parameters
    ----------
    name
        The name asked for.
    """

    def __init__(self, name: str) -> None:
        super().__init__(
            f"No screen with a link is named {name[:LONGEST]!r}. Look at riskatlas screen list.",
            f"没有名为“{name[:LONGEST]}”且链接有效的展示屏。请查看 riskatlas screen list。",
        )


class ScreenTownError(CensusError):
    """
    A profile and a town do not go together.

    Parameters
    ----------
    profile
        Name of the profile.
    word_zh
        Its word in Chinese.
    word_en
        Its word in English.
    needs_town
        Whether it needs a town.
    """

    def __init__(self, profile: str, *, word_zh: str, word_en: str, needs_town: bool) -> None:
        if needs_town:
            super().__init__(
                f"Screens of the profile “{word_en}” ({profile}) show one town: choose it (on the "
                "command line with --town CODE).",
                f"“{word_zh}”（{profile}）方案展示一个乡镇：请选择乡镇（命令行用 --town 代码）。",
            )
            return
        super().__init__(
            f"Screens of the profile “{word_en}” ({profile}) show the whole district: choose no "
            "town.",
            f"“{word_zh}”（{profile}）方案展示全区：请不要选择乡镇。",
        )


class LinkOverError(CensusError):
    """A screen's link is not valid: revoked, or never made."""

    def __init__(self) -> None:
        super().__init__(
            "The link of this screen was revoked or is not valid. Ask the security administrator "
            "for a new one.",
            "此屏幕链接已撤销或无效。请向安全管理员索取新的链接。",
        )
