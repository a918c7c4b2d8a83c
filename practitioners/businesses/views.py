"""Settings -> **Businesses**: the list, Add business, a business's page, Delete business."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from accounts.core.errors import ActionRefused
from accounts.core.views import ClinicView
from practitioners import policies
from practitioners.businesses import rules
from practitioners.businesses.actions import add_business, delete_business, update_business
from practitioners.businesses.forms import BusinessForm, EditBusinessForm, NewBusinessForm
from practitioners.businesses.use import attendance, references
from practitioners.models import Business

LIST = "practitioners:businesses"


class BusinessesView(ClinicView):
    """The businesses of the clinic; the inactive ones on request."""

    policy = staticmethod(policies.can_manage_businesses)

    def get(self, request: HttpRequest) -> HttpResponse:
        account = self.request.account
        everything = Business.objects.in_order(account).with_attendance()
        show_inactive = request.GET.get("inactive") == "1"
        shown = [each for each in everything if each.is_active or show_inactive]
        context = {
            "nav": "businesses",
            "businesses": shown,
            "has_inactive": not all(each.is_active for each in everything),
            "show_inactive": show_inactive,
            "zones_differ": any(each.time_zone != account.time_zone for each in shown),
        }
        return self.page("practitioners/businesses/index.html", context)


class NewBusinessView(ClinicView):
    """**Add business**."""

    policy = staticmethod(policies.can_manage_businesses)

    def get(self, request: HttpRequest) -> HttpResponse:
        return self._form(NewBusinessForm(account=self.request.account))

    def post(self, request: HttpRequest) -> HttpResponse:
        form = NewBusinessForm(request.POST, account=self.request.account)
        if not form.is_valid():
            return self._form(form, status=422)
        try:
            business = add_business(
                actor=self.request.member, details=form.details(), submission=form.cleaned_data["submission"]
            )
        except ActionRefused as refusal:
            form.show_refusal(refusal)
            return self._form(form, status=422)
        messages.success(request, _("%(name)s was added.") % {"name": business.name})
        return self.go(LIST)

    def _form(self, form: BusinessForm, *, status: int = 200) -> HttpResponse:
        return self.page("practitioners/businesses/new.html", {"nav": "businesses", "form": form}, status=status)


class OneBusinessView(ClinicView):
    """A view about one business."""

    policy = staticmethod(policies.can_manage_businesses)

    def business(self, business_id: int) -> Business:
        """The business that the address names, from this clinic only. Raises Http404 (A38)."""
        business = Business.objects.filter(account=self.request.account, pk=business_id).first()
        if business is None:
            raise Http404
        business.account = self.request.account
        return business


class BusinessView(OneBusinessView):
    """A business's page: its form, and what it does to make it inactive."""

    def get(self, request: HttpRequest, business_id: int) -> HttpResponse:
        business = self.business(business_id)
        return self._page(business, EditBusinessForm(business=business))

    def post(self, request: HttpRequest, business_id: int) -> HttpResponse:
        business = self.business(business_id)
        form = EditBusinessForm(request.POST, business=business)
        if not form.is_valid():
            return self._page(business, form, status=422)
        version = form.cleaned_data["version"]
        try:
            update_business(
                actor=self.request.member, target=business, details=form.details(), expected_version=version
            )
        except ActionRefused as refusal:
            form.show_refusal(refusal)
            return self._page(business, form, status=422)
        messages.success(request, self._done_words(business, form))
        return self.go("practitioners:business", business.pk)

    def _done_words(self, before: Business, form: EditBusinessForm) -> str:
        after = form.details()
        words = _("%(name)s was updated.")
        if before.is_active and not after.is_active:
            words = _("%(name)s is inactive. Its hours are kept, and count for nothing until it is active again.")
        elif after.is_active and not before.is_active:
            words = _("%(name)s is active again, with the hours it had.")
        return words % {"name": after.name}

    def _page(self, business: Business, form: EditBusinessForm, *, status: int = 200) -> HttpResponse:
        context = {
            "nav": "businesses",
            "business": business,
            "form": form,
            "attendance": attendance(business),
            "is_last": rules.is_last_active(business),
        }
        return self.page("practitioners/businesses/show.html", context, status=status)


class DeleteBusinessView(OneBusinessView):
    """**Delete business**: says what it does, or what is in the way of it."""

    def get(self, request: HttpRequest, business_id: int) -> HttpResponse:
        return self._page(self.business(business_id))

    def post(self, request: HttpRequest, business_id: int) -> HttpResponse:
        business = self.business(business_id)
        name = business.name
        try:
            delete_business(actor=self.request.member, target=business)
        except ActionRefused as refusal:
            messages.error(request, str(refusal))
            return self._page(business, status=422)
        messages.success(request, _("%(name)s was deleted.") % {"name": name})
        return self.go(LIST)

    def _page(self, business: Business, *, status: int = 200) -> HttpResponse:
        used = references(business)
        is_last = rules.is_last_active(business)
        context = {"nav": "businesses", "business": business, "references": used, "is_last": is_last}
        return self.page("practitioners/businesses/delete.html", context, status=status)
