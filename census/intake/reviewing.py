"""What stands between finding what a delivery would change and writing it: somebody's yes."""

from typing import TYPE_CHECKING, Any, Protocol

from census.store.differences import Difference

if TYPE_CHECKING:
    from census.intake.entering import Prepared
    from census.intake.problems import Problem


class Review(Protocol):
    """
    Who looks on while a delivery is imported; see :func:`census.intake.loading.import_delivery`.

    Attributes
    ----------
    proposed_by
        Who gave the delivery.
    """

    proposed_by: str

    def tell(self, stage: str, rows: int) -> None:
        """
        Hear which stage begins; raises to break the work off.

        Parameters
        ----------
        stage
            One of reading, checking, comparing and writing.
        rows
            Rows that it is about; 0 where that is not known.
        """

    def settle(
        self,
        connection: Any,
        prepared: "Prepared",
        found: Difference | None,
        problems: "list[Problem]",
    ) -> "tuple[Prepared, Difference | None]":
        """
        Look at what was found, before anything is written.

        Parameters
        ----------
        connection
            The transaction of the difference.
        prepared
            The checked delivery.
        found
            What would change; None for what is put whole.
        problems
            Every fault, repair and remark.

        Returns
        -------
        prepared : Prepared
            The delivery, as it is to be written.
        found : Difference or None
            What is to be written of it.
        """

    def written(self, connection: Any, delivery_id: int) -> None:
        """
        Hear that all is written, before the transaction ends; raises to undo it.

        Parameters
        ----------
        connection
            The transaction.
        delivery_id
            Number of the delivery.
        """
