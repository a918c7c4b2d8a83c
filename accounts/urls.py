"""Addresses of this app. What starts with `<account_slug>` is inside a clinic; `AccountMiddleware` takes the slug."""

from django.urls import URLPattern, URLResolver, include, path

from accounts.addresses import freeing_views as member_address
from accounts.addresses import link_views as email_links
from accounts.addresses import member_views as member_email
from accounts.addresses import views as email_change
from accounts.clinic_settings.closing import views as closing
from accounts.clinic_settings.general import permission_views as permissions
from accounts.clinic_settings.general import role_views as roles
from accounts.clinic_settings.general import views as general
from accounts.clinic_settings.opening import views as opening
from accounts.clinic_settings.security import views as account_security
from accounts.clinic_settings.subscription import views as subscription
from accounts.home import theme
from accounts.home import views as home
from accounts.identity.email import views as email
from accounts.identity.password import change_views as password_change
from accounts.identity.password import member_views as member_password
from accounts.identity.password import reset_views as password
from accounts.identity.security_page import views as security
from accounts.identity.sessions import member_views as member_sign_ins
from accounts.identity.sessions import time_left_view as session
from accounts.identity.sessions import views as sign_ins
from accounts.identity.signing_in import views as signing_in
from accounts.identity.two_factor import set_up_views as two_factor
from accounts.identity.two_factor import sign_in_views as two_factor_sign_in
from accounts.identity.two_factor import turn_off_views as two_factor_off
from accounts.identity.two_factor.backup_codes import views as backup_codes
from accounts.identity.two_factor.passkeys import views as passkeys
from accounts.identity.two_factor.recovery import views as recovery
from accounts.identity.two_factor.reset import views as member_two_factor
from accounts.identity.two_factor.trusted import views as trusted_browsers
from accounts.invitations import member_views as member_invitation
from accounts.invitations import views as invitation
from accounts.ownership import views as ownership
from accounts.people import my_info_views as my_info
from accounts.people import views as members
from accounts.people.leaving import views as my_leaving

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
    path("<int:member_id>/address/", member_address.FreeAddressView.as_view(), name="member_address"),
    path("<int:member_id>/email/cancel/", member_email.CancelEmailChangeView.as_view(), name="member_email_cancel"),
    path("<int:member_id>/sign-ins/", member_sign_ins.SignMemberOutView.as_view(), name="member_sign_ins"),
    path("<int:member_id>/password/", member_password.SendPasswordResetView.as_view(), name="member_password"),
    path("<int:member_id>/two-factor/", member_two_factor.MemberTwoFactorView.as_view(), name="member_two_factor"),
    path("<int:member_id>/recovery/stop/", recovery.MemberRecoveryStopView.as_view(), name="member_recovery_stop"),
]

clinic: list[URLPattern | URLResolver] = [
    path("", home.HomeView.as_view(), name="home"),
    path("me/", my_info.MyInfoView.as_view(), name="my_info"),
    path("me/leaving/", my_leaving.LeavingView.as_view(), name="my_leaving"),
    path("me/ownership/", ownership.RelinquishOwnershipView.as_view(), name="my_ownership"),
    path("reopen/", closing.ReopeningView.as_view(), name="account_reopening"),
    path("settings/", home.SettingsView.as_view(), name="settings"),
    path("settings/users/", include(users)),
    path("settings/general/", general.GeneralView.as_view(), name="general"),
    path("settings/general/permissions/", permissions.PermissionsView.as_view(), name="permissions"),
    path("settings/general/security/", account_security.AccountSecurityView.as_view(), name="account_security"),
    path("settings/roles/", roles.RolesView.as_view(), name="roles"),
    path("settings/ownership/", ownership.OwnershipView.as_view(), name="ownership"),
    path("settings/ownership/request/", ownership.OwnershipRequestView.as_view(), name="ownership_request"),
    path("settings/close/", closing.ClosingView.as_view(), name="account_closing"),
    path("settings/subscription/", subscription.SubscriptionView.as_view(), name="subscription"),
]

security_pages = [
    path("", security.SecurityView.as_view(), name="security"),
    path("password/", password_change.PasswordChangeView.as_view(), name="password_change"),
    path("email/", email_change.EmailChangeView.as_view(), name="email_change"),
    path("email/again/", email_change.EmailChangeAgainView.as_view(), name="email_change_again"),
    path("email/cancel/", email_change.EmailChangeCancelView.as_view(), name="email_change_cancel"),
    path("two-factor/", two_factor.TwoFactorView.as_view(), name="two_factor"),
    path("two-factor/recovery/stop/", recovery.OwnRecoveryStopView.as_view(), name="own_recovery_stop"),
    path("two-factor/app/remove/", two_factor_off.RemoveAppView.as_view(), name="authenticator_remove"),
    path("passkeys/new/", passkeys.NewPasskeyView.as_view(), name="passkey_new"),
    path("passkeys/<int:passkey_id>/remove/", two_factor_off.RemovePasskeyView.as_view(), name="passkey_remove"),
    path("two-factor/off/", two_factor_off.TwoFactorOffView.as_view(), name="two_factor_off"),
    path("two-factor/browsers/forget/", trusted_browsers.TrustedBrowsersView.as_view(), name="trusted_browsers"),
    path(
        "two-factor/browsers/<int:browser_id>/forget/",
        trusted_browsers.TrustedBrowserView.as_view(),
        name="trusted_browser",
    ),
    path("sign-ins/end/", sign_ins.SignInsEndView.as_view(), name="sign_ins_end"),
    path("sign-ins/<int:sign_in_id>/end/", sign_ins.SignInEndView.as_view(), name="sign_in_end"),
    path("backup-codes/", backup_codes.BackupCodesView.as_view(), name="backup_codes"),
    path("backup-codes/saved/", backup_codes.BackupCodesSavedView.as_view(), name="backup_codes_saved"),
    path("backup-codes/file/", backup_codes.BackupCodesFileView.as_view(), name="backup_codes_file"),
]

urlpatterns = [
    path("", home.WelcomeView.as_view(), name="welcome"),
    path("signup/", opening.SignUpView.as_view(), name="signup"),
    path("login/", signing_in.SignInView.as_view(), name="login"),
    path("login/code/", two_factor_sign_in.TwoFactorSignInView.as_view(), name="two_factor_sign_in"),
    path("login/recovery/", recovery.RecoveryStopView.as_view(), name="recovery_stop"),
    path("login/recovery/<str:token>/", recovery.RecoveryLinkView.as_view(), name="recovery_link"),
    path("logout/", signing_in.SignOutView.as_view(), name="logout"),
    path("session/", session.SessionView.as_view(), name="session"),
    path("clinics/", home.ClinicsView.as_view(), name="clinics"),
    path(
        "clinics/invitations/<int:invitation_id>/decline/",
        invitation.InvitationDeclineView.as_view(),
        name="invitation_decline",
    ),
    path("me/security/", include(security_pages)),
    path("theme/", theme.ThemeView.as_view(), name="theme"),
    path("password/reset/", password.PasswordResetView.as_view(), name="password_reset"),
    path("password/reset/sent/", password.PasswordResetSentView.as_view(), name="password_reset_sent"),
    path("password/reset/done/", password.PasswordResetDoneView.as_view(), name="password_reset_done"),
    path("password/reset/<uidb64>/<token>/", password.PasswordResetLinkView.as_view(), name="password_reset_link"),
    path("email/confirm/", email.EmailConfirmView.as_view(), name="email_confirm"),
    path("email/resend/", email.EmailResendView.as_view(), name="email_resend"),
    path("email/change/", email_links.EmailChangeConfirmView.as_view(), name="email_change_confirm"),
    path("email/change/<str:token>/", email_links.EmailChangeLinkView.as_view(), name="email_change_link"),
    path("email/objection/", email_links.EmailObjectionView.as_view(), name="email_objection"),
    path("email/objection/<str:token>/", email_links.EmailObjectionLinkView.as_view(), name="email_objection_link"),
    path("email/<str:token>/", email.EmailLinkView.as_view(), name="email"),
    path("invitations/", invitation.InvitationView.as_view(), name="invitation_accept"),
    path("invitations/request/", invitation.InvitationRequestView.as_view(), name="invitation_request"),
    path("invitations/switch/", invitation.InvitationSwitchView.as_view(), name="invitation_switch"),
    path("invitations/<str:token>/", invitation.InvitationLinkView.as_view(), name="invitation"),
    path("<slug:account_slug>/", include(clinic)),
]
