"""Hold between two requests who has given a password and still owes the second factor."""

from dataclasses import dataclass

from census.store.accounts import Entrant


@dataclass(frozen=True)
class Pending:
    """
    Somebody whose password was right and whose second factor is still to come.

    Attributes
    ----------
    account_id
        The account.
    login_key
        Its name in the form for comparison.
    name
        Name shown to others.
    must_change_password
        Whether it has to set a new password first.
    signed_with
        What its cookies were signed with when the password was right.
    until
        When the password has to be given again, seconds of the clock.
    """

    account_id: str
    login_key: str
    name: str
    must_change_password: bool
    signed_with: str | None
    until: float

    def entrant(self) -> Entrant:
        """
        Return the account in the form in which it enters.

        Returns
        -------
        Entrant
            The account.
        """
        return Entrant(self.account_id, self.login_key, self.name, True, self.must_change_password)
