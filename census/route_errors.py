"""The faults of editing routes: what is wrong, where, and what to do, in English and Chinese."""

from collections.abc import Sequence
from datetime import date

from census.errors import CensusError

STATES = {
    "saved": ("saved", "已保存"),
    "restored": ("restored", "已恢复"),
    "submitted": ("submitted", "已提交"),
    "returned": ("returned to its author", "已退回"),
    "approved": ("approved", "已批准"),
    "published": ("published", "已发布"),
    "superseded": ("superseded", "已被取代"),
    "withdrawn": ("withdrawn", "已撤回"),
}


class UnknownRouteError(CensusError):
    """
    No route of the district has this code, or the route has no such version.

    Parameters
    ----------
    code
        The code asked for.
    version
        The version asked for; None for the route itself.
    """

    def __init__(self, code: str, version: int | None = None) -> None:
        if version is None:
            super().__init__(
                f"There is no evacuation route {code!r}. Choose one from the list of routes.",
                f"没有编号为“{code}”的转移路线。请从路线列表中选择。",
            )
        else:
            super().__init__(
                f"The route {code!r} has no version {version}. Choose one from its history.",
                f"路线“{code}”没有第 {version} 版。请从历史版本中选择。",
            )


class UnknownShelterError(CensusError):
    """
    A route would lead to a shelter that does not exist.

    Parameters
    ----------
    code
        The code asked for.
    """

    def __init__(self, code: str) -> None:
        super().__init__(
            f"There is no shelter {code!r}. Nothing was saved; choose one of the district.",
            f"没有编号为“{code}”的避难场所。未保存；请选择本区县的场所。",
        )


class UnknownVillageError(CensusError):
    """
    A new route would belong to a village that the district does not have.

    Parameters
    ----------
    code
        The code asked for.
    """

    def __init__(self, code: str) -> None:
        super().__init__(
            f"There is no village {code!r} in this district. Nothing was made; choose a village "
            "from the list.",
            f"本区县没有代码为“{code}”的村（社区）。未新建；请从列表中选择。",
        )


class UnknownStartError(CensusError):
    """
    A new route would start at a group or assembly point that its village does not have.

    Parameters
    ----------
    code
        The code asked for.
    village_code
        The village.
    """

    def __init__(self, code: str, village_code: str) -> None:
        super().__init__(
            f"The village {village_code} has no group or assembly point {code!r}. Nothing was "
            "made; choose one of the village's.",
            f"村（社区）{village_code} 没有编号为“{code}”的居民组或集合点。未新建；请选择该村的。",
        )


class BegunRouteError(CensusError):
    """
    A route with saved versions, or one of a plan or delivery, would be given up.

    Parameters
    ----------
    code
        The route.
    """

    def __init__(self, code: str) -> None:
        super().__init__(
            f"Route {code} cannot be given up: only a new route that nobody has saved can. "
            "Its history is kept.",
            f"路线 {code} 不能取消：只能取消尚未保存过的新路线。历史予以保留。",
        )


class StaleVersionError(CensusError):
    """
    Somebody saved a newer version since this one was opened; nothing was overwritten.

    Parameters
    ----------
    code
        The route.
    base
        The version that the change began from.
    current
        The newest version.
    """

    def __init__(self, code: str, base: int, current: int) -> None:
        super().__init__(
            f"Route {code} was changed meanwhile: you began from version {base}, the newest is "
            f"{current}. Nothing was overwritten. Look at both and take yours, theirs, or parts.",
            f"路线 {code} 已被他人修改：您从第 {base} 版开始，现在是第 {current} 版。"
            "没有覆盖任何内容。请对照两版，采用您的、保留对方的，或分段合并。",
        )
        self.code, self.base, self.current = code, base, current


class DraftMovedError(CensusError):
    """
    A planner's draft was changed in another tab since this one last kept it.

    Parameters
    ----------
    code
        The route.
    """

    def __init__(self, code: str) -> None:
        super().__init__(
            f"You changed your draft of route {code} in another tab or browser. Nothing was "
            "overwritten; take that draft or keep this one.",
            f"您在另一个标签页或浏览器中改动了路线 {code} 的草稿。没有覆盖任何内容；"
            "请采用那份草稿，或保留这一份。",
        )
        self.code = code


class OwnWorkError(CensusError):
    """
    Somebody would approve what is their own work.

    Parameters
    ----------
    code
        The route.
    version
        The version.
    """

    def __init__(self, code: str, version: int) -> None:
        super().__init__(
            f"Version {version} of route {code} is your own work; another person has to "
            "approve it.",
            f"路线 {code} 第 {version} 版是您本人编制或提交的，须由另一人批准。",
        )


class RouteStateError(CensusError):
    """
    A step does not follow on the state of a version.

    Parameters
    ----------
    code
        The route.
    version
        The version.
    state
        Its state.
    needed
        States from which the step is possible.
    """

    def __init__(self, code: str, version: int, state: str, needed: Sequence[str]) -> None:
        needed_en = " or ".join(STATES[each][0] for each in needed)
        needed_zh = "或".join(STATES[each][1] for each in needed)
        super().__init__(
            f"Version {version} of route {code} is {STATES[state][0]}; this step needs one that is "
            f"{needed_en}. Load the page again to see what happened.",
            f"路线 {code} 第 {version} 版{STATES[state][1]}；此操作只适用于{needed_zh}的版本。"
            "请刷新页面查看最新状态。",
        )


class OriginalLineError(CensusError):
    """
    The line as planned or delivered would be submitted though nobody has saved it.

    Parameters
    ----------
    code
        The route.
    """

    def __init__(self, code: str) -> None:
        super().__init__(
            f"Version 0 of route {code} is the line as planned or delivered and is not submitted "
            "itself. Restore it as a new version; it is checked anew then.",
            f"路线 {code} 的第 0 版是方案或交付的原样，不能直接提交。"
            "请先将其恢复为新版本，届时会重新检查。",
        )


class UnfitRouteError(CensusError):
    """
    A version has findings that forbid its next step.

    Parameters
    ----------
    code
        The route.
    version
        The version.
    faults
        Codes of the findings.
    """

    def __init__(self, code: str, version: int, faults: Sequence[str]) -> None:
        listed = ", ".join(faults)
        super().__init__(
            f"Version {version} of route {code} has {len(faults)} errors ({listed}). Correct the "
            "line, or give the reason that is asked; save again and submit that version.",
            f"路线 {code} 第 {version} 版有 {len(faults)} 处错误（{listed}）。"
            "请改线，或补上要求的理由，然后保存为新版本再提交。",
        )
        self.faults = tuple(faults)


class UnexplainedError(CensusError):
    """
    A version has warnings without a reason.

    Parameters
    ----------
    code
        The route.
    version
        The version.
    warnings
        Codes of the findings.
    """

    def __init__(self, code: str, version: int, warnings: Sequence[str]) -> None:
        listed = ", ".join(warnings)
        super().__init__(
            f"Version {version} of route {code} has warnings without a reason ({listed}). Write "
            "beside each why it is accepted, or correct the line.",
            f"路线 {code} 第 {version} 版有未说明理由的提示（{listed}）。"
            "请逐条写明接受的理由，或修改线路。",
        )
        self.warnings = tuple(warnings)


class ValidFromError(CensusError):
    """
    A route would become valid on a day that is over, or on one too far ahead.

    Parameters
    ----------
    day
        The day asked for.
    today
        Today in the district.
    last
        The last day that is taken.
    """

    def __init__(self, day: date, today: date, last: date) -> None:
        if day < today:
            super().__init__(
                f"A route cannot become valid on {day}: that day is over (today is {today}). "
                "Choose today or a later day.",
                f"路线不能自 {day} 起有效：该日已过（今天是 {today}）。请选今天或以后的日期。",
            )
        else:
            super().__init__(
                f"A route cannot become valid on {day}: that is too far ahead. Choose a day up to "
                f"{last}.",
                f"路线不能自 {day} 起有效：日期太远。请选不晚于 {last} 的日期。",
            )


class RoutesPublishedMeanwhileError(CensusError):
    """
    Routes were published while a delivery of routes was being read; nothing was written.

    Parameters
    ----------
    codes
        Codes of the routes.
    """

    def __init__(self, codes: Sequence[str]) -> None:
        listed = ", ".join(codes)
        super().__init__(
            f"Meanwhile routes were published ({listed}). Nothing was imported; import the "
            "delivery again to see how it differs from them.",
            f"其间有路线公布（{listed}）。未导入任何内容；请重新导入，以查看与公布路线的差异。",
        )
