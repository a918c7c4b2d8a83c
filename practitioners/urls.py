"""Addresses of this app, all inside a clinic: `clinic.urls` puts `<account_slug>` before them."""

from django.urls import path

from practitioners.businesses import views as businesses
from practitioners.directory import views as practitioners
from practitioners.settings import views as settings

app_name = "practitioners"

urlpatterns = [
    path("practitioners/", practitioners.PractitionersView.as_view(), name="practitioners"),
    path("practitioners/<int:member_id>/", practitioners.PractitionerView.as_view(), name="practitioner"),
    path(
        "settings/users/<int:member_id>/practitioner/",
        settings.PractitionerSettingsView.as_view(),
        name="practitioner_settings",
    ),
    path("settings/businesses/", businesses.BusinessesView.as_view(), name="businesses"),
    path("settings/businesses/new/", businesses.NewBusinessView.as_view(), name="business_new"),
    path("settings/businesses/<int:business_id>/", businesses.BusinessView.as_view(), name="business"),
    path(
        "settings/businesses/<int:business_id>/delete/",
        businesses.DeleteBusinessView.as_view(),
        name="business_delete",
    ),
]
