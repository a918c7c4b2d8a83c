from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0012_activity_clock"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="member",
            name="member_once_per_account",
        ),
        migrations.AddField(
            model_name="member",
            name="released_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AlterField(
            model_name="activity",
            name="verb",
            field=models.CharField(
                choices=[
                    ("account_created", "opened the clinic"),
                    ("member_added", "added and invited"),
                    ("member_updated", "changed the details of"),
                    ("member_deactivated", "made inactive"),
                    ("member_reactivated", "made active again"),
                    ("sessions_ended", "ended the sign-ins of"),
                    ("invitation_resent", "sent another invitation to"),
                    ("invitation_cancelled", "cancelled the invitation of"),
                    ("invitation_link_copied", "copied the invitation link of"),
                    ("invitation_accepted", "accepted the invitation and joined"),
                    ("invitation_requested", "asked for a new invitation"),
                    ("invitation_moved", "moved the invitation of"),
                    ("membership_moved", "moved the membership of"),
                    ("member_suspended", "suspended"),
                    ("grant_suspended", "suspended what was granted to"),
                    ("grant_kept", "could not suspend what was granted to"),
                    ("password_reset_sent", "sent a password reset email to"),
                    ("email_change_asked", "asked for another email address of"),
                    ("email_change_cancelled", "cancelled the change of email address of"),
                    ("plan_changed", "changed the plan"),
                    ("ownership_granted", "gave ownership to"),
                    ("ownership_relinquished", "relinquished ownership"),
                    ("ownership_removed", "took ownership from"),
                    ("ownership_disputed", "asked support about ownership"),
                    ("dispute_settled", "settled the ownership request of"),
                    ("account_locked", "locked the account"),
                    ("account_unlocked", "unlocked the account"),
                    ("account_closed", "closed the account"),
                    ("account_reopened", "reopened the account"),
                    ("account_imported", "brought the account over"),
                    ("member_imported", "brought over"),
                    ("practitioner_updated", "changed the practitioner settings of"),
                    ("business_added", "added the business"),
                    ("business_updated", "changed the business"),
                    ("business_deactivated", "made the business inactive"),
                    ("business_reactivated", "made the business active again"),
                    ("business_deleted", "deleted the business"),
                    ("account_updated", "changed the clinic’s details"),
                    ("permissions_changed", "changed what roles may do"),
                    ("security_changed", "changed the security settings"),
                    ("two_factor_reset", "reset the two-factor authentication of"),
                    ("account_viewed", "opened the account’s page"),
                    ("account_found", "found the account in a search"),
                ],
                max_length=40,
            ),
        ),
        migrations.AddConstraint(
            model_name="member",
            constraint=models.UniqueConstraint(
                condition=models.Q(("released_at", None)), fields=("account", "user"), name="member_once_per_account"
            ),
        ),
    ]
