"""The security roles and what each may do: the matrix of PRODUCT, as data.

The **Security roles** page and `Member.has_perm` read the same table, so that the page cannot say something else than
what holds.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

SCHEDULER = "scheduler"
RECEPTIONIST = "receptionist"
PRACTITIONER = "practitioner"
BOOKKEEPER = "bookkeeper"
POWER_RECEPTIONIST = "power_receptionist"
ADMINISTRATOR = "administrator"


@dataclass(frozen=True)
class Role:
    """A security role, with one sentence on whom it is for."""

    key: str
    name: str
    summary: str


ROLES = {
    role.key: role
    for role in (
        Role(SCHEDULER, "Scheduler", "Books and changes appointments, and sees no more of a patient than that needs."),
        Role(RECEPTIONIST, "Receptionist", "Runs the front desk: appointments, patients, payments."),
        Role(PRACTITIONER, "Practitioner", "Sees patients: appointments, treatment notes, letters, invoices."),
        Role(BOOKKEEPER, "Bookkeeper", "Works with invoices, payments, expenses and reports, without health records."),
        Role(
            POWER_RECEPTIONIST, "Power receptionist", "A receptionist who also edits, deletes and sets the clinic up."
        ),
        Role(ADMINISTRATOR, "Administrator", "Does everything, and is the only one who adds and changes other users."),
    )
}
ROLE_CHOICES = [(role.key, role.name) for role in ROLES.values()]
# The order in which the matrix below gives its cells.
COLUMNS = (SCHEDULER, RECEPTIONIST, PRACTITIONER, BOOKKEEPER, POWER_RECEPTIONIST, ADMINISTRATOR)


class Scope(StrEnum):
    """How far a permission reaches."""

    NONE = "none"
    OWN = "own"
    ALL = "all"


class Toggle(StrEnum):
    """What an account may switch on to restrict roles (C14)."""

    PRACTITIONERS_OWN_NOTES = "practitioners_own_notes"
    PRACTITIONERS_OWN_LETTERS = "practitioners_own_letters"
    PRACTITIONERS_NO_FINANCIALS = "practitioners_no_financials"
    RECEPTION_OWN_LETTERS = "reception_own_letters"
    RECEPTION_NO_ATTACHMENTS = "reception_no_attachments"


TOGGLE_LABELS = {
    Toggle.PRACTITIONERS_OWN_NOTES: "Practitioners see only their own treatment notes",
    Toggle.PRACTITIONERS_OWN_LETTERS: "Practitioners read only their own letters",
    Toggle.PRACTITIONERS_NO_FINANCIALS: "Practitioners see no invoices, payments or revenue",
    Toggle.RECEPTION_OWN_LETTERS: "Reception reads only its own letters",
    Toggle.RECEPTION_NO_ATTACHMENTS: "Reception does not open attachments",
}


@dataclass(frozen=True)
class Grant:
    """One cell: a scope, and what becomes of it where the account switches `toggle` on."""

    scope: Scope
    toggle: Toggle | None = None
    restricted: Scope = Scope.NONE

    def under(self, toggles: Mapping[str, bool]) -> Scope:
        """The scope that holds in an account with these toggles."""
        return self.restricted if self.toggle and toggles.get(self.toggle) else self.scope


@dataclass(frozen=True)
class Permission:
    """One row: what is permitted, in words and as the name that code asks for, and a grant for each role."""

    name: str
    label: str
    grants: dict[str, Grant]


@dataclass(frozen=True)
class Area:
    """A group of rows."""

    name: str
    permissions: tuple[Permission, ...]


_YES, _NO, _OWN = Grant(Scope.ALL), Grant(Scope.NONE), Grant(Scope.OWN)
_NOTES = Grant(Scope.ALL, Toggle.PRACTITIONERS_OWN_NOTES, Scope.OWN)
_P_LETTERS = Grant(Scope.ALL, Toggle.PRACTITIONERS_OWN_LETTERS)
_P_MONEY = Grant(Scope.ALL, Toggle.PRACTITIONERS_NO_FINANCIALS)
_P_OWN_MONEY = Grant(Scope.OWN, Toggle.PRACTITIONERS_NO_FINANCIALS)
_R_LETTERS = Grant(Scope.ALL, Toggle.RECEPTION_OWN_LETTERS)
_R_FILES = Grant(Scope.ALL, Toggle.RECEPTION_NO_ATTACHMENTS)


def _row(name: str, label: str, *cells: Grant) -> Permission:
    return Permission(name, label, dict(zip(COLUMNS, cells, strict=True)))


def _same(area: str, verbs: dict[str, str], *cells: Grant) -> tuple[Permission, ...]:
    return tuple(_row(f"{area}.{verb}", label, *cells) for verb, label in verbs.items())


#        Scheduler, Receptionist, Practitioner, Bookkeeper, Power receptionist, Administrator
AREAS = (
    Area(
        "Appointments",
        _same(
            "appointments",
            {"book": "Book", "edit": "Edit", "cancel": "Cancel"},
            *(_YES, _YES, _YES, _NO, _YES, _YES),
        ),
    ),
    Area(
        "Patients",
        (
            *_same(
                "patients",
                {"view": "Basic view", "create": "Create", "edit": "Edit", "message": "Message"},
                *(_YES, _YES, _YES, _NO, _YES, _YES),
            ),
            _row("patients.archive", "Archive", _NO, _YES, _YES, _NO, _YES, _YES),
            _row("patients.delete", "Delete", _NO, _NO, _NO, _NO, _YES, _YES),
        ),
    ),
    Area(
        "Treatment notes and medical alerts",
        (
            _row("treatment_notes.write", "Treatment notes", _NO, _NO, _NOTES, _NO, _NO, _YES),
            _row("medical_alerts.view", "Medical alerts", _NO, _NO, _YES, _NO, _NO, _YES),
        ),
    ),
    Area(
        "Letters",
        (
            _row("letters.write", "Write", _NO, _OWN, _YES, _NO, _OWN, _YES),
            _row("letters.read_others", "Read others'", _NO, _R_LETTERS, _P_LETTERS, _NO, _R_LETTERS, _YES),
        ),
    ),
    Area(
        "Attachments",
        (
            _row("attachments.upload", "Upload", _NO, _YES, _YES, _NO, _YES, _YES),
            _row("attachments.open", "Open", _NO, _R_FILES, _YES, _NO, _R_FILES, _YES),
            _row("attachments.delete_any", "Delete any", _NO, _NO, _NO, _NO, _YES, _YES),
        ),
    ),
    Area(
        "Contacts",
        (
            _row("contacts.view", "View", _YES, _YES, _YES, _NO, _YES, _YES),
            _row("contacts.edit", "Edit", _NO, _YES, _YES, _NO, _YES, _YES),
            _row("contacts.delete", "Delete", _NO, _NO, _NO, _NO, _YES, _YES),
        ),
    ),
    Area(
        "Communications",
        (_row("communications.view", "View", _NO, _YES, _YES, _NO, _YES, _YES),),
    ),
    Area(
        "Invoices and payments",
        (
            *_same(
                "invoices",
                {"view": "View", "create": "Create"},
                *(_NO, _YES, _P_MONEY, _YES, _YES, _YES),
            ),
            *_same("invoices", {"edit": "Edit", "delete": "Delete"}, *(_NO, _NO, _NO, _YES, _YES, _YES)),
        ),
    ),
    Area(
        "Products",
        (
            *_same(
                "products",
                {"view": "View", "edit": "Edit", "stock": "Stock"},
                *(_NO, _YES, _YES, _YES, _YES, _YES),
            ),
            _row("products.delete", "Delete", _NO, _NO, _NO, _YES, _YES, _YES),
        ),
    ),
    Area(
        "Expenses",
        (_row("expenses.manage", "Expenses", _NO, _OWN, _OWN, _YES, _YES, _YES),),
    ),
    Area(
        "Reports",
        (
            *_same(
                "reports",
                {"schedule": "Schedule", "missed": "Missed appointments", "recalls": "Recalls"},
                *(_YES, _YES, _YES, _NO, _YES, _YES),
            ),
            _row("reports.daily_payments", "Daily payments", _NO, _YES, _P_MONEY, _YES, _YES, _YES),
            *_same(
                "reports",
                {"payment_summary": "Payment summary", "expenses": "Expenses"},
                *(_NO, _NO, _NO, _YES, _YES, _YES),
            ),
            _row("reports.revenue", "Revenue", _NO, _NO, _P_OWN_MONEY, _YES, _YES, _YES),
        ),
    ),
    Area(
        "Settings",
        (
            *_same(
                "settings",
                {"billable_items": "Billable items", "payment_types": "Payment types", "taxes": "Taxes"},
                *(_NO, _NO, _NO, _YES, _YES, _YES),
            ),
            *_same(
                "settings",
                {
                    "general": "General",
                    "businesses": "Businesses",
                    "templates": "Templates",
                    "integrations": "Integrations",
                    "subscription": "Subscription",
                },
                *(_NO, _NO, _NO, _NO, _YES, _YES),
            ),
            *_same(
                "settings",
                {"security": "Security settings", "users": "Other users", "activity": "Activity log"},
                *(_NO, _NO, _NO, _NO, _NO, _YES),
            ),
        ),
    ),
    Area(
        "My info",
        (_row("me.edit", "Own details", _YES, _YES, _YES, _YES, _YES, _YES),),
    ),
)

PERMISSIONS = {permission.name: permission for area in AREAS for permission in area.permissions}


_REACH = {Scope.NONE: 0, Scope.OWN: 1, Scope.ALL: 2}


def gives_more(role: str, *, than: str, toggles: Mapping[str, bool]) -> bool:
    """Whether `role` may do anything that `than` may not, or not as far. Raises KeyError for an unknown role."""
    return any(_REACH[scope(role, name, toggles)] > _REACH[scope(than, name, toggles)] for name in PERMISSIONS)


def scope(role: str, permission: str, toggles: Mapping[str, bool]) -> Scope:
    """How far `permission` reaches for `role` in an account with `toggles`.

    Raises KeyError for a role or a permission that is not in the matrix: a misspelt name must not read as "no".
    """
    return PERMISSIONS[permission].grants[role].under(toggles)
