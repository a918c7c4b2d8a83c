"""**Security roles**: the matrix, as it holds."""

from django.http import HttpRequest, HttpResponse

from accounts.access import policies, roles
from accounts.core.views import ClinicView


class RolesView(ClinicView):
    """What each role may do (S8). Everybody may read it."""

    policy = staticmethod(policies.is_member)

    def get(self, request: HttpRequest) -> HttpResponse:
        context = {
            "nav": "roles",
            "roles": [roles.ROLES[key] for key in roles.COLUMNS],
            "areas": [(area.name, [self._row(each) for each in area.permissions]) for area in roles.AREAS],
        }
        return self.page("accounts/clinic_settings/general/roles.html", context)

    def _row(self, permission: roles.Permission) -> tuple[str, list[tuple[str, str, str]]]:
        """The label, and for each role its name, its scope and the toggle that restricts it now, if one does."""
        toggles = self.request.account.toggles
        cells = []
        for key in roles.COLUMNS:
            grant = permission.grants[key]
            restricted = roles.TOGGLE_LABELS[grant.toggle] if grant.toggle and toggles.get(grant.toggle) else ""
            cells.append((roles.ROLES[key].name, str(grant.under(toggles)), restricted))
        return permission.label, cells
