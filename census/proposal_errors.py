"""The faults of deliveries that wait for a yes, in English and Chinese."""

from collections.abc import Sequence

from census.access_errors import ForbiddenError
from census.errors import CensusError

_SHOWN = 10


class UnknownProposalError(CensusError):
    """
    There is no such proposal.

    Parameters
    ----------
    number
        The number asked for.
    """

    def __init__(self, number: int) -> None:
        super().__init__(
            f"There is no proposed delivery {number}. The list is at `riskatlas changes` and on "
            "the page /changes.",
            f"没有编号为 {number} 的待审交付。列表见 riskatlas changes 或 /changes 页。",
        )


class PersonalProposalError(CensusError):
    """
    A delivery that tells of persons was to be proposed.

    Parameters
    ----------
    form_zh, form_en
        The form's label.
    """

    def __init__(self, form_zh: str, form_en: str) -> None:
        super().__init__(
            f"Deliveries of {form_en} tell of persons: no file of them is kept and nobody is shown "
            "what changes. Enter them with `riskatlas import`, which is recorded in the audit.",
            f"“{form_zh}”涉及个人信息：其文件不留存，改动也不展示。请用 riskatlas import 登记，"
            "并记入审计。",
        )


class TooManyProposalsError(CensusError):
    """
    Somebody has as many undecided deliveries as one may.

    Parameters
    ----------
    most
        How many.
    """

    def __init__(self, most: int) -> None:
        super().__init__(
            f"{most} of your deliveries wait already, which is as many as one person may have. "
            "Decide on one of them, or stop it, and give this one again.",
            f"您已有 {most} 份交付待审，达到每人上限。请先处理或停止其中一份，再重新提交。",
        )


class ProposalFileError(CensusError):
    """
    The files of a proposal cannot be kept.

    Parameters
    ----------
    reason_en
        Why, in English, a whole sentence.
    reason_zh
        Why, in Chinese, a whole sentence.
    """

    def __init__(self, reason_en: str, reason_zh: str) -> None:
        super().__init__(f"{reason_en} Nothing was changed.", f"{reason_zh}什么都没有改动。")


class ProposalStateError(CensusError):
    """
    A proposal is no longer, or not yet, where this could be done to it.

    Parameters
    ----------
    number
        Its number.
    state_zh, state_en
        Words of its state.
    """

    def __init__(self, number: int, state_zh: str, state_en: str) -> None:
        super().__init__(
            f"The delivery {number} is {state_en}, so this cannot be done to it. Nothing was "
            "changed. Look at it again.",
            f"交付 {number} 现为“{state_zh}”，不能作此处理。未作任何改动，请重新查看。",
        )


class OwnProposalError(ForbiddenError):
    """Somebody wanted to accept what he had proposed, where another person has to."""

    def __init__(self) -> None:
        super().__init__(
            "accept your own delivery: here another person has to look at it first",
            "同意本人提交的交付：本地区规定须由另一人审核",
        )


class SecondYesError(CensusError):
    """
    So many stored rows would go that it has to be said a second time.

    Parameters
    ----------
    gone
        How many would go.
    stood
        Of how many.
    share
        From which part on it has to be said.
    """

    def __init__(self, gone: int, stood: int, share: float) -> None:
        super().__init__(
            f"{gone} of {stood} stored rows ({gone / stood:.1%}) would go, more than {share:.0%}: "
            "if that is so, say it a second time (the box on the page, or --yes). Nothing was "
            "changed.",
            f"库中 {stood} 行将有 {gone} 行（{gone / stood:.1%}）消失，超过 {share:.0%}：确属如此，"
            "请再次确认（页面上的方框，或加 --yes）。什么都没有改动。",
        )


class UnknownChangeError(CensusError):
    """
    Rows were to be left out that a proposal does not change.

    Parameters
    ----------
    codes
        Their codes.
    """

    def __init__(self, codes: Sequence[str]) -> None:
        shown = list(codes[:_SHOWN])
        super().__init__(
            f"The delivery changes no {', '.join(shown)}, so that cannot be left out. Nothing was "
            "changed. Look at the list of changes.",
            f"该交付没有改动 {'、'.join(shown)}，不能剔除。未作任何改动，请核对改动清单。",
        )


class LeftOutError(CensusError):
    """
    Rows of divisions were to be left out, on which other rows stand.

    Parameters
    ----------
    layer
        Name of the layer.
    """

    def __init__(self, layer: str) -> None:
        super().__init__(
            f"Changes of {layer} are accepted or rejected whole: its rows stand on each other. "
            "Nothing was changed.",
            f"图层 {layer} 的改动只能整体同意或退回：其各行相互依存。未作任何改动。",
        )


class OvertakenError(CensusError):
    """
    What a delivery would change is no longer what was looked at.

    Parameters
    ----------
    number
        Number of the proposal.
    """

    def __init__(self, number: int) -> None:
        super().__init__(
            f"What the delivery {number} would change is no longer what was looked at: the stored "
            "rows, or what the checks know, changed meanwhile. Nothing was changed. Have it "
            "checked again, and look at the new list.",
            f"交付 {number} 将作的改动已与审核时所见不同：库中数据或检查依据此后有变。"
            "什么都没有改动。请重新检查并查看新的清单。",
        )


class StoppedError(CensusError):
    """
    Somebody stopped the work on a proposal.

    Parameters
    ----------
    number
        Number of the proposal.
    """

    def __init__(self, number: int) -> None:
        super().__init__(
            f"The work on the delivery {number} was stopped. Nothing was changed.",
            f"交付 {number} 的处理已停止。什么都没有改动。",
        )
