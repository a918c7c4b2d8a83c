"""Addresses of this app. What starts with `<account_slug>` is inside a clinic; `AccountMiddleware` takes the slug."""

from django.urls import URLPattern, URLResolver, include, path

from accounts.views import (
    closing,
    email,
    general,
    home,
    invitation,
    member_invitation,
    members,
    my_info,
    ownership,
    password,
    permissions,
    roles,
    signing_in,
    subscription,
)

app_name = "accounts"

users = [
    path("", members.MembersView.as_view(), name="members"),
    path("new/", members.NewMemberView.as_view(), name="member_new"),
    path("<int:member_id>/", members.MemberView.as_view(), name="member"),
    path("<int:member_id>/ownership/", ownership.MakeOwnerView.as_view(), name="member_ownership"),
    path("<int:member_id>/invitation/", member_invitation.ResendInvitationView.as_view(), name="member_invitation"),
    path(
        "<int:member_id>/invitation/cancel/",
        member_invitation.CancelInvitationView.as_view(),
        name="member_invitation_cancel",
    ),
    path(
        "<int:member_id>/invitation/link/",
        member_invitation.InvitationLinkView.as_view(),
        name="member_invitation_link",
    ),
]

clinic: list[URLPattern | URLResolver] = [
    path("", home.HomeView.as_view(), name="home"),
    path("me/", my_info.MyInfoView.as_view(), name="my_info"),
    path("me/ownership/", ownership.RelinquishOwnershipView.as_view(), name="my_ownership"),
    path("reopen/", closing.ReopeningView.as_view(), name="account_reopening"),
    path("settings/", home.SettingsView.as_view(), name="settings"),
    path("settings/users/", include(users)),
    path("settings/general/", general.GeneralView.as_view(), name="general"),
    path("settings/general/permissions/", permissions.PermissionsView.as_view(), name="permissions"),
    path("settings/roles/", roles.RolesView.as_view(), name="roles"),
    path("settings/ownership/", ownership.OwnershipView.as_view(), name="ownership"),
    path("settings/ownership/request/", ownership.OwnershipRequestView.as_view(), name="ownership_request"),
    path("settings/close/", closing.ClosingView.as_view(), name="account_closing"),
    path("settings/subscription/", subscription.SubscriptionView.as_view(), name="subscription"),
]

urlpatterns = [
    path("", home.FrontDoorView.as_view(), name="front_door"),
    path("signup/", signing_in.SignUpView.as_view(), name="signup"),
    path("login/", signing_in.SignInView.as_view(), name="login"),
    path("logout/", signing_in.SignOutView.as_view(), name="logout"),
    path("clinics/", signing_in.ClinicsView.as_view(), name="clinics"),
    path("theme/", signing_in.ThemeView.as_view(), name="theme"),
    path("password/reset/", password.PasswordResetView.as_view(), name="password_reset"),
    path("password/reset/sent/", password.PasswordResetSentView.as_view(), name="password_reset_sent"),
    path("password/reset/done/", password.PasswordResetDoneView.as_view(), name="password_reset_done"),
    path("password/reset/<uidb64>/<token>/", password.PasswordResetLinkView.as_view(), name="password_reset_link"),
    path("email/confirm/", email.EmailConfirmView.as_view(), name="email_confirm"),
    path("email/resend/", email.EmailResendView.as_view(), name="email_resend"),
    path("email/<str:token>/", email.EmailLinkView.as_view(), name="email"),
    path("invitations/", invitation.InvitationView.as_view(), name="invitation_accept"),
    path("invitations/request/", invitation.InvitationRequestView.as_view(), name="invitation_request"),
    path("invitations/switch/", invitation.InvitationSwitchView.as_view(), name="invitation_switch"),
    path("invitations/<str:token>/", invitation.InvitationLinkView.as_view(), name="invitation"),
    path("<slug:account_slug>/", include(clinic)),
]
